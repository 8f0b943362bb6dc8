import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { ALARMS } from '../../src/domain/alarms.ts'
import { packageFolder } from '../../src/paths.ts'
import { type Company, foundCompany, insertDueCrowd } from '../support/company.ts'
import { type Service, startService } from '../support/service.ts'

const MAILS = 4
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

  test('has every figure and every alarm that the alerting rules ask for', async () => {
    const { text } = await scrape()
    const { groups } = parse(await read('docs/alerts.yaml')) as {
      groups: { name: string; rules: { alert: string; expr: string; annotations: { summary: string } }[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { expr, annotations } of rules) {
      const names = [...expr.matchAll(/credit_reminders_\w+/g)].map(([name]) => name)
      expect(names).not.toEqual([])
      expect(familiesOf(text)).toEqual(expect.arrayContaining(names))
      for (const [, alarm] of expr.matchAll(/alarm="([^"]+)"/g)) expect(Object.keys(ALARMS)).toContain(alarm)
      expect(annotations.summary).toMatch(/\.$/)
    }
  })

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
