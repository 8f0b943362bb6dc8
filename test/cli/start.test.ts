import { createServer } from 'node:net'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { type Company, crowdAddresses, foundCompany, insertDueCrowd } from '../support/company.ts'
import { startService } from '../support/service.ts'

const EVERY_SECOND = { schedule: '* * * * * *' }
const NEVER = { schedule: '0 0 29 2 *' }

const addressesAtSink = ({ sink }: Company) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

const readiness = async (url: string) => {
  const response = await fetch(`${url}/readyz`)
  const { obstacles } = (await response.json()) as { obstacles: readonly string[] }
  return { status: response.status, obstacles }
}

describe('start', () => {
  test('When nothing is in its way, it is healthy and ready, and SIGTERM ends it with 0', async () => {
    await using company = await foundCompany({ rules: NEVER })
    await using service = await startService(company)
    const health = await fetch(`${service.url}/healthz`)
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ok', lastGoodSweep: null, expectedBy: expect.stringMatching(/^20\d\d-02-29T00:10:00/) },
    ])
    expect(await readiness(service.url)).toMatchObject({ status: 200, obstacles: [] })
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 0, stdout: '' })
  })

  test('When two instances run, each slot is swept once, and each mail is sent once', async () => {
    const mails = 120
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertDueCrowd(company, mails)
    await using one = await startService(company)
    await using two = await startService(company)
    await expect.poll(() => company.sink.mails.length, { timeout: 20_000 }).toBe(mails)
    const sweeps = () => company.database.sql<{ id: string }>('SELECT id FROM reminders.sweeps ORDER BY id')
    const before = (await sweeps()).length
    await expect.poll(async () => (await sweeps()).length, { timeout: 20_000 }).toBeGreaterThan(before + 2)
    one.kill('SIGTERM')
    two.kill('SIGINT')
    const logs = await Promise.all([one.ended(), two.ended()])
    expect(logs.map(({ code }) => code)).toEqual([0, 0])
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))

    const slots = (await sweeps()).map(({ id }) => id)
    for (const slot of slots) expect(slot).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const swept = logs.flatMap(({ stderr }) =>
      [...stderr.matchAll(/"sweep":"([^"]+)".*"swept"/g)].map(([, slot]) => slot),
    )
    expect(swept.toSorted()).toEqual(slots)
  })

  test('When it is told to stop in mid-delivery, it finishes what is in flight and gives the rest back', async () => {
    const mails = 150
    await using company = await foundCompany({ rules: EVERY_SECOND, sink: { delayMs: 50 } })
    await insertDueCrowd(company, mails)
    await using service = await startService(company)
    await expect.poll(() => company.sink.mails.length, { timeout: 20_000 }).toBeGreaterThan(5)
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 0 })

    const sent = company.sink.mails.length
    expect(sent).toBeLessThan(mails)
    expect(
      await company.database.sql('SELECT state, count(*)::int AS mails FROM reminders.mails GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      { state: 'queued', mails: mails - sent },
      { state: 'sent', mails: sent },
    ])
    const inHand = `SELECT count(*)::int AS jobs FROM pgboss.job WHERE state = 'active'`
    expect(await company.database.sql(inHand)).toEqual([{ jobs: 0 }])

    await using next = await startService(company)
    await expect.poll(() => company.sink.mails.length, { timeout: 20_000 }).toBe(mails)
    next.kill('SIGTERM')
    await next.ended()
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
  })

  test('When it is told to stop a second time, it ends at once', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertDueCrowd(company, 1)
    company.sink.answer({ stage: 'final', reply: 'silence' })
    await using service = await startService(company)
    await expect.poll(() => company.sink.connections.open(), { timeout: 20_000 }).toBe(1)
    service.kill('SIGTERM')
    await service.said(/"stopping/)
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 1 })
  })

  test('When the mail server falls silent for good, it still ends within 30 s, and the next one finds the mail in doubt', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertDueCrowd(company, 1)
    const answerAgain = company.sink.answer({ stage: 'final', reply: 'silence' })
    await using service = await startService(company)
    await expect.poll(() => company.sink.connections.open(), { timeout: 20_000 }).toBe(1)
    const killedMs = performance.now()
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('stopped with work in hand'),
    })
    expect(performance.now() - killedMs).toBeLessThan(30_000)

    answerAgain()
    await using next = await startService(company)
    const mails = () => company.database.sql('SELECT state, uncertain FROM reminders.mails')
    await expect.poll(mails, { timeout: 45_000 }).toEqual([{ state: 'sent', uncertain: true }])
    next.kill('SIGTERM')
    await next.ended()
  })

  test('When the database goes away, it says so where it is asked, and works on when the database is back', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    const { url, sql } = company.database
    await using service = await startService(company)
    const name = new URL(url).pathname.slice(1)
    const server = new pg.Client(inject('postgresUrl'))
    await server.connect()
    try {
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      await expect
        .poll(() => readiness(service.url), { timeout: 20_000 })
        .toMatchObject({ status: 503, obstacles: [expect.stringMatching(/^the database cannot be reached: .+/)] })
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
      await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    } finally {
      await server.end()
    }
    await expect.poll(() => readiness(service.url), { timeout: 20_000 }).toMatchObject({ status: 200 })
    await insertDueCrowd(company, 3)
    await expect.poll(() => company.sink.mails.length, { timeout: 30_000 }).toBe(3)
    // Once more, and this time only the sessions break.
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'credit-reminders%'`)
    await insertDueCrowd(company, 3, 'later')
    await expect.poll(() => company.sink.mails.length, { timeout: 30_000 }).toBe(6)
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 0 })
    expect(new Set(addressesAtSink(company)).size).toBe(6)
  })

  test('When the mail server is not there, it is not ready, and says why without the password', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertDueCrowd(company, 2)
    await using service = await startService(company, { SMTP_URL: 'smtp://app:hunter2@127.0.0.1:1' })
    await expect
      .poll(() => readiness(service.url), { timeout: 20_000 })
      .toMatchObject({ status: 503, obstacles: [expect.stringMatching(/^mail: unreachable \(.*ECONNREFUSED/)] })
    expect(JSON.stringify(await readiness(service.url))).not.toContain('hunter2')
    service.kill('SIGTERM')
    expect((await service.ended()).stderr).not.toContain('hunter2')
    expect(await company.database.sql('SELECT DISTINCT state, attempts FROM reminders.mails')).toEqual([
      { state: 'queued', attempts: 0 },
    ])
  })

  test('When its port is taken, one line says so', async () => {
    await using company = await foundCompany({ rules: NEVER })
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const result = await runCli(['start'], { ...company.env, HTTP_PORT: String(port), LOG_LEVEL: 'silent' })
    other.close()
    expect(result).toEqual({
      code: 2,
      stdout: '',
      stderr: `127.0.0.1:${port} cannot be listened on (EADDRINUSE); see HTTP_HOST and HTTP_PORT\n`,
    })
  })
})
