import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ALARMS } from '../../src/domain/alarms.ts'
import { FAILURE_REASONS, SKIP_REASONS } from '../../src/domain/reasons.ts'
import { packageFolder } from '../../src/paths.ts'
import { type Company, foundCompany, insertDueCrowd } from '../support/company.ts'
import { readExposition } from '../support/exposition.ts'
import { dashboardExpressions, rules } from '../support/monitoring.ts'
import { faultsOf, readPromql } from '../support/promql.ts'
import { PROMTOOL, promtool } from '../support/promtool.ts'
import { type Service, startService } from '../support/service.ts'

const MAILS = 4
const SECONDS_PER_DAY = 86_400
/** What each may be is a list in docs/monitoring.md; `le` are the bounds of a histogram. */
const CLOSED_LABELS = 'alarm kind le outcome queue reason scope state verdict version what'.split(' ')
const read = (path: string) => readFile(join(packageFolder, path), 'utf8')

let company: Company
let service: Service

const scrape = async () => {
  const response = await fetch(`${service.url}/metrics`)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
/** The value of a series, as it is written: `mails{state="due"}`. */
const figure = (text: string, series: string) => {
  const line = text.split('\n').find((each) => each.startsWith(`credit_reminders_${series} `))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}
/** What it settles at: a scrape may show what was seen a moment ago. */
const settles = (series: string) => expect.poll(async () => figure((await scrape()).text, series), { timeout: 20_000 })

const familiesOf = (text: string) => [...text.matchAll(/^# TYPE (credit_reminders_\w+) /gm)].map(([, name]) => name)

beforeAll(async () => {
  company = await foundCompany({ rules: { schedule: '* * * * * *' } })
  const { sql } = company.database
  await insertDueCrowd(company, MAILS)
  // One of them is refused, one tried again, one withheld; and one grant is spent.
  company.sink.answer({ stage: 'rcpt', reply: '550 5.1.1 nobody here', to: 'many1@example.com' })
  company.sink.answer({ stage: 'rcpt', reply: '450 4.2.1 greylisted', to: 'many2@example.com' })
  await insertDueCrowd(company, 1, 'spent')
  await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'spent_cg_1'`)
  service = await startService(company, {
    ALLOWED_RECIPIENTS: 'many1@example.com, many2@example.com, many3@example.com',
  })
})

afterAll(async () => {
  service.kill('SIGTERM')
  await service.ended()
  await company[Symbol.asyncDispose]()
})

describe('/metrics', () => {
  test('tells what came of the mails, by instance and by ledger', async () => {
    await settles('deliveries_total{outcome="sent"}').toBe(1)
    await settles('deliveries_total{outcome="deferred"}').toBe(1)
    await settles('deliveries_total{outcome="failed"}').toBe(1)
    await settles('smtp_attempts_total{verdict="recipient-refused"}').toBe(1)
    await settles('smtp_attempts_total{verdict="accepted"}').toBe(1)
    await settles('mails{state="later"}').toBe(1)
    await settles('mails{state="due"}').toBe(0)
    await settles('last_day_mails{what="sent"}').toBe(1)
    await settles('last_day_failed_mails{reason="recipient-refused"}').toBe(1)
    await settles('suppressed_addresses{reason="recipient-refused",scope="all"}').toBe(1)
    await settles('alarm{alarm="mails-failed"}').toBe(1)
    await settles('alarm{alarm="sweep-overdue"}').toBe(0)
  })

  test('tells of the last sweep, and when the next has to be done', async () => {
    await settles('last_sweep_examined_grants').toBe(MAILS + 1)
    await settles('last_sweep_withheld_grants').toBe(1)
    await settles('last_sweep_skipped_grants{reason="nothing-remaining"}').toBe(1)
    const { text } = await scrape()
    const last = figure(text, 'last_sweep_timestamp_seconds') ?? 0
    const expected = figure(text, 'sweep_expected_timestamp_seconds') ?? 0
    expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(60)
    // The next slot, in a second at most, and ten minutes.
    expect(expected - last).toBeGreaterThan(599)
    expect(expected - last).toBeLessThan(602)
  })

  test('is in the text format of Prometheus, with help for each figure, and the figures of the process', async () => {
    const { status, type, text } = await scrape()
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"]*",?)*\})? \S+|)$/)
    }
    for (const name of familiesOf(text)) expect(text).toContain(`# HELP ${name} `)
    expect(text).toContain('process_resident_memory_bytes ')
  })

  test('names no address, account or grant', async () => {
    const { text } = await scrape()
    expect(text).not.toMatch(/example\.com|many\d|many_|_cg_|_acc_/)
  })

  test('has every figure that the documents name, and the documents every figure', async () => {
    const { text } = await scrape()
    const documented = [...(await read('docs/monitoring.md')).matchAll(/^\| `(credit_reminders_\w+)`/gm)]
    expect(documented.map(([, name]) => name).toSorted()).toEqual(familiesOf(text).toSorted())
  })

  test('tells how long mails take to be written, to be handed over and to leave', async () => {
    await settles('send_delay_seconds_count').toBe(1)
    await settles('render_duration_seconds_count').toBe(3)
    await settles('smtp_duration_seconds_count{verdict="accepted"}').toBe(1)
    await settles('smtp_duration_seconds_count{verdict="recipient-refused"}').toBe(1)
    await settles('smtp_duration_seconds_bucket{le="600",verdict="accepted"}').toBe(1)
    const { text } = await scrape()
    // The rungs of these grants came due days ago, when their lives or the ladder began.
    const delay = figure(text, 'send_delay_seconds_sum') ?? 0
    expect(delay).toBeGreaterThan(SECONDS_PER_DAY)
    expect(delay).toBeLessThan(5 * SECONDS_PER_DAY)
  })

  test('has every figure, label and value that the alerting rules and the dashboard ask for', async () => {
    await settles('last_day_failed_mails{reason="recipient-refused"}').toBe(1)
    const scraped = readExposition((await scrape()).text)
    const possible = { reason: [...Object.keys(FAILURE_REASONS), ...Object.keys(SKIP_REASONS)] }
    const asked = [...(await rules()).map(({ expr }) => expr), ...(await dashboardExpressions())]
    expect(asked.length).toBeGreaterThan(40)
    for (const expression of asked) expect(faultsOf(expression, scraped, possible), expression).toEqual([])
  })

  test('has every figure in the dashboard', async () => {
    const asked = (await dashboardExpressions()).flatMap((each) => readPromql(each).selectors)
    const used = new Set(asked.map(({ metric }) => metric.replace(/_bucket$/, '')))
    // The same is shown by the clock of the database, as an age.
    used.add('credit_reminders_last_sweep_timestamp_seconds')
    expect(familiesOf((await scrape()).text).filter((name = '') => !used.has(name))).toEqual([])
  })

  test('has labels of closed lists only, and so few series that each scrape is small', async () => {
    const scraped = readExposition((await scrape()).text)
    for (const [name, labels] of scraped) {
      if (!name.startsWith('credit_reminders_')) continue
      for (const label of labels.keys()) expect(CLOSED_LABELS, `${label} of ${name}`).toContain(label)
    }
    const series = (await scrape()).text.split('\n').filter((line) => line.startsWith('credit_reminders_'))
    expect(series.length).toBeLessThan(500)
  })

  test.skipIf(PROMTOOL === null)(
    'is written as the conventions of Prometheus want it, by its own promtool',
    async () => {
      const { text } = await scrape()
      const own = text.split('\n').filter((line) => /^(?:# \w+ )?credit_reminders_/.test(line))
      const { code, said } = await promtool(['check', 'metrics'], `${own.join('\n')}\n`)
      expect(code, said).toBe(0)
    },
  )

  test('answers without the ledger while the database is away, and says so', async () => {
    const name = new URL(company.database.url).pathname.slice(1)
    const server = new pg.Client(inject('postgresUrl'))
    await server.connect()
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await settles('database_up').toBe(0)
    const { text } = await scrape()
    expect(figure(text, 'last_sweep_timestamp_seconds')).toBeNull()
    expect(figure(text, 'deliveries_total{outcome="sent"}')).toBe(1)
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    await server.end()
    await settles('database_up').toBe(1)
    await settles('mails{state="later"}').toBe(1)
  })
})

test('every alarm is documented', async () => {
  const documented = [...(await read('docs/monitoring.md')).matchAll(/^\| `([a-z]+-[a-z]+)` /gm)]
  expect(documented.map(([, name]) => name)).toEqual(Object.keys(ALARMS))
})
