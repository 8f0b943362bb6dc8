import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { foundCompany, insertDueCrowd } from '../support/company.ts'
import { startHttpSink } from '../support/http-sink.ts'
import { expectDiscreet, startService } from '../support/service.ts'

const PATH = '/ping/a-token-of-the-tests'
const EVERY_SECOND = '* * * * * *'

const healthOf = async (url: string) => {
  const response = await fetch(`${url}/healthz`)
  return { code: response.status, ...((await response.json()) as object) }
}

describe('/healthz', () => {
  test('When sweeps fail for longer than they may, it fails, and is well again after the first good one', async () => {
    await using company = await foundCompany({ rules: { schedule: EVERY_SECOND, alarms: { sweepLate: 'PT2S' } } })
    const { sql } = company.database
    await using service = await startService(company)
    await expect
      .poll(() => healthOf(service.url), { timeout: 20_000 })
      .toEqual({ code: 200, status: 'ok', lastGoodSweep: expect.any(String), expectedBy: expect.any(String) })

    await sql('ALTER TABLE billing.credit_grants RENAME TO credit_grants_away')
    await expect
      .poll(() => healthOf(service.url), { timeout: 50_000, interval: 500 })
      .toMatchObject({ code: 503, status: 'stale', lastGoodSweep: expect.any(String) })
    await service.said(/"level":"error".*"alarm":"sweep-overdue"/)
    const ready = await (await fetch(`${service.url}/readyz`)).json()
    expect(ready).toMatchObject({
      status: 'not ready',
      obstacles: [expect.stringContaining('the latest sweep failed')],
      alarms: [{ name: 'sweep-overdue' }],
    })

    await sql('ALTER TABLE billing.credit_grants_away RENAME TO credit_grants')
    await expect.poll(() => healthOf(service.url), { timeout: 50_000, interval: 500 }).toMatchObject({ code: 200 })
    await service.said(/"alarm":"sweep-overdue","msg":"alarm over"/)
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 0 })
  })
})

describe('the heartbeat', () => {
  test('When a sweep is done, or held, the service calls it; and its address is in no log', async () => {
    await using sink = await startHttpSink()
    await using company = await foundCompany({ rules: { schedule: EVERY_SECOND, maxEmailsPerSweep: 1 } })
    await insertDueCrowd(company, 2)
    sink.answer(500)
    await using service = await startService(company, { HEARTBEAT_URL: `${sink.url}${PATH}` })
    await service.said(/"sweep held for approval"/)
    await expect.poll(() => sink.requests.length, { timeout: 20_000 }).toBeGreaterThan(2)
    expect(new Set(sink.requests)).toEqual(new Set([`GET ${PATH}`]))
    service.kill('SIGTERM')
    const { code, stderr } = await service.ended()
    expect(code).toBe(0)
    expect(stderr).not.toContain('a-token-of-the-tests')
  })

  test('When nobody answers, the sweeps go on, and the service stops as soon as it is told to', async () => {
    await using company = await foundCompany({ rules: { schedule: EVERY_SECOND } })
    await using service = await startService(company, { HEARTBEAT_URL: `http://127.0.0.1:9${PATH}` })
    const sweeps = async () => (await company.database.sql('SELECT id FROM reminders.sweeps')).length
    await expect.poll(sweeps, { timeout: 20_000 }).toBeGreaterThan(2)
    service.kill('SIGTERM')
    const { code, stderr } = await service.ended()
    expect(code).toBe(0)
    expect(stderr).not.toContain('a-token-of-the-tests')
  })

  test.concurrent('When a run ends with 0 it calls it; not when something needs a person, nor as of another time', async () => {
    await using sink = await startHttpSink()
    await using company = await foundCompany({ rules: { maxEmailsPerSweep: 2 } })
    const run = (...args: string[]) =>
      runCli(['run', ...args], { ...company.env, HEARTBEAT_URL: `${sink.url}${PATH}`, LOG_LEVEL: 'silent' })
    await insertDueCrowd(company, 2)
    expect((await run()).code).toBe(0)
    expect(sink.requests).toEqual([`GET ${PATH}`])
    expect((await run('--as-of', '2026-05-25T12:00:00Z')).code).toBe(0)
    await insertDueCrowd(company, 3, 'more')
    expect((await run()).code).toBe(1)
    expect(sink.requests).toHaveLength(1)
  })

  test.concurrent('When a run finds nobody to hear it, it says so in a line, and ends as it would have', async () => {
    await using company = await foundCompany()
    const url = `http://127.0.0.1:9${PATH}`
    const result = await runCli(['run'], { ...company.env, HEARTBEAT_URL: url, LOG_LEVEL: 'silent' })
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^the heartbeat could not be delivered: no answer \(\w+\); see HEARTBEAT_URL\n$/),
    })
    expectDiscreet(result)
  })
})
