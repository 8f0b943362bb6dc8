import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { displayWidth } from '../../src/cli/fit.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { openCsv } from '../../src/cli/simulate-csv.ts'
import { openJson } from '../../src/cli/simulate-json.ts'
import { openTable } from '../../src/cli/simulate-table.ts'
import { UsageError } from '../../src/errors.ts'
import { insertAccount, insertContact, insertCrowd, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { openProgram, type Program } from '../support/program.ts'
import { type Asked, shownAs } from '../support/simulation-report.ts'

const PERIOD = { from: '2026-05-01T00:00:00Z', to: '2026-06-10T00:00:00Z' }
const FEWER = 'policies: { purchased: { warnBefore: [P7D] }, promotional: { warnBefore: [] } }'

let program: Program
let folder: string

beforeAll(async () => {
  program = await openProgram({ rules: { sendAt: '09:00', maxEmailsPerSweep: 2 } })
  folder = await mkdtemp(join(tmpdir(), 'simulate-'))
  const { sql } = program.database
  for (const [id, kind, unit] of [
    ['acc_1', 'purchased', 'USD'],
    ['acc_2', 'promotional', 'tokens'],
    ['acc_3', 'purchased', 'EUR'],
  ] as const) {
    await insertAccount(sql, { id, name: `Name of ${id}` })
    await insertContact(sql, { id: `${id}_con`, accountId: id, email: `${id}@example.com` })
    await insertGrant(sql, { id: `${id}_cg`, accountId: id, kind, unit, expiresAt: '2026-06-01T12:00:00Z' })
  }
})

afterAll(async () => {
  await program?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

const draw = (asked: Partial<Asked> = {}, width: number | null = null) =>
  shownAs(program.env, () => openTable(width), { ...PERIOD, ...asked })
const drawn = new Map<string, Promise<string>>()
/** Several tests look at one table. */
const table: typeof draw = (asked, width) => {
  const key = JSON.stringify([asked, width])
  const known = drawn.get(key) ?? draw(asked, width)
  drawn.set(key, known)
  return known
}
const json = async (asked: Partial<Asked> = {}) =>
  JSON.parse(await shownAs(program.env, openJson, { ...PERIOD, ...asked }))

describe('the table of a simulation', () => {
  it('says how many mails to whom, what is at stake by unit, the largest day, and what would be held', async () => {
    const text = await table()
    expect(text).toContain('Simulation from 2026-05-01T00:00:00Z to 2026-06-10T00:00:00Z. Nothing was sent.')
    expect(text).toContain("Under today's rules: 14 mails to 3 people of 3 accounts, in 3,840 sweeps.")
    expect(text).toContain('The largest day is 2026-05-02 with 3 mails.')
    expect(text).toMatch(/ Expiring +promotional +1 +18 tokens\n/)
    expect(text).toMatch(/ Gone +purchased +1 +€18\.00\n/)
    expect(text).toContain('Held for approval: 4 of its sweeps\n 2026-05-02T09:00:00.000Z  3 mails planned')
  })

  it('shows each day that brings mails, and folds the others', async () => {
    const [, days = ''] = (await table()).split('Day by day')
    const lines = days.split('\n').filter((line) => /^ (2026-..-.. +\d| +\d+ days? without)/.test(line))
    expect(lines.map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
      '2026-05-01 | 2 | 2 | 0 | 2 | €18.00, $18.00',
      '2026-05-02 | 3 | 3 | 0 | 3 | €18.00, $18.00, 18 tokens',
      '22 days without',
      '2026-05-25 | 3 | 3 | 0 | 3 | €18.00, $18.00, 18 tokens',
      '5 days without',
      '2026-05-31 | 3 | 3 | 0 | 3 | €18.00, $18.00, 18 tokens',
      '1 day without',
      '2026-06-02 | 3 | 0 | 3 | 3 | €18.00, $18.00, 18 tokens',
      '7 days without',
    ])
  })

  it('draws a bar for each week, or each day of a short period, and folds a long silence', async () => {
    expect(await table()).toContain('Mails by week\n 2026-04-27  ████')
    const days = await table({ from: '2026-05-20T00:00:00Z' })
    expect(days).toMatch(
      /Mails by day\n 2026-05-20 {2}█+ 3\n ⋮ +4 days without a mail\n 2026-05-25 {2}█+ 3\n ⋮ +5 days/,
    )
    expect(await table({ to: '2029-01-01T00:00:00Z' })).toMatch(
      /Mails by month\n 2026-05 {2}█+ 11\n 2026-06 {2}█+.? 3\n ⋮ +30 months/,
    )
  })

  it.each([120, 80, 60])('fits into %i columns, of one set of rules and of two', async (columns) => {
    for (const asked of [{}, { compare: FEWER }]) {
      const lines = (await table(asked, columns)).split('\n').filter((line) => /^ (?!.*planned, more than)/.test(line))
      expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([])
    }
  })

  it('is the same with colours', async () => {
    const plain = await table({ compare: FEWER })
    vi.stubEnv('FORCE_COLOR', '1')
    const coloured = await draw({ compare: FEWER })
    vi.unstubAllEnvs()
    expect(coloured).not.toBe(plain)
    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })

  it('cuts no setting on a narrow terminal', async () => {
    const lines = (await table({ compare: FEWER }, 60)).split('\n')
    const at = lines.indexOf(' policies.promotional.warnBefore')
    expect(lines.slice(at + 1, at + 3)).toEqual(["   today's rules: [P30D, P7D, P1D]", '   other.yaml: []'])
  })

  it('puts two sets of rules side by side: settings, figures, people, days', async () => {
    const text = await table({ compare: FEWER })
    expect(text).toContain(
      '9 fewer mails: 5 rather than 14.\nUnder other.yaml, 1 person would no longer be warned of something, and nobody newly warned.\n',
    )
    expect(text).toMatch(/ policies\.promotional\.warnBefore +\[P30D, P7D, P1D\] +\[\]\n/)
    expect(text).toMatch(/ maxEmailsPerSweep +2 +5000\n/)
    expect(text).toMatch(/ mails +14 +5 +-9\n +expiring +11 +2 +-9\n/)
    expect(text).toMatch(/ people +3 +3\n/)
    expect(text).toMatch(/ mails on the largest day +3 +3\n the largest day +2026-05-02 +2026-06-02\n/)
    expect(text).toMatch(/ sweeps held for approval +4 +0 +-4\n/)
    expect(text).toContain('No longer warned: 1 person of 1 account; 1 grant')
    expect(text).toMatch(
      / account +to +grants +other\.yaml\n Name of acc_2 \(acc_2\) +acc_2@example\.com +1 +not warned\n/,
    )
    expect(text).toContain('Newly warned: nobody.')
    expect(text).toMatch(/ 2026-05-25 +3 +2 +-1 +3 +2\n/)
    expect(await table({ compare: FEWER, to: '2026-05-20T00:00:00Z' })).toContain(
      'Warned at another time: 2 people, before the period or, perhaps, after it.\n',
    )
    expect(text).toContain('▒')
    expect(await table({ compare: '{ sendAt: "09:00", maxEmailsPerSweep: 2 }' })).toContain(
      'The two sets of rules say the same.',
    )
  })

  it.each([
    ['2026-05-01T00:01:00Z', '2026-05-01T00:02:00Z', 'no slot of the schedule (*/15 * * * *, UTC) falls into it'],
    ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', 'no grant expires until 2026-06-01T12:00:00.000Z, and no warning'],
    ['2026-06-01T10:00:00Z', '2026-06-02T00:00:00Z', 'but nobody is due a mail; dry-run --as-of 2026-06-01T12:00:00'],
    ['2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z', 'no grant with something left that expires after 2027'],
  ])('of nothing, from %s to %s, says kindly why', async (from, to, reason) => {
    const { sql } = program.database
    if (from.startsWith('2026-06')) await sql(`UPDATE billing.contacts SET receives_billing_email = false`)
    const text = await table({ from, to })
    await sql(`UPDATE billing.contacts SET receives_billing_email = true`)
    expect(text).toContain(`The period brings no mail\nThat is because `)
    expect(text).toContain(reason)
  })
})

it('counts an expiry that only a policy states among those to come', async () => {
  await using other = await openProgram({
    rules: { policies: { purchased: { validity: 'P1Y', warnBefore: ['P7D'] } } },
  })
  const { sql } = other.database
  await insertAccount(sql, { id: 'acc_1', timeZone: 'Asia/Tokyo' })
  await insertContact(sql, { id: 'con_1', accountId: 'acc_1' })
  const grantedAt = '2026-02-28T20:00:00Z'
  await insertGrant(sql, { id: 'cg_1', accountId: 'acc_1', grantedAt, expiresAt: null })
  await insertGrant(sql, { id: 'cg_2', accountId: 'acc_1', grantedAt, expiresAt: null, remaining: '0' })
  await insertGrant(sql, { id: 'cg_3', accountId: 'acc_1', kind: 'promotional', grantedAt, expiresAt: null })
  const quiet = async (from: string, to: string) => {
    const text = await shownAs(other.env, () => openTable(null), { from, to })
    return text.split('That is because ')[1]?.trim()
  }
  expect(await quiet('2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z')).toBe(
    'no grant expires until 2027-02-28T20:00:00.000Z, and no warning of one falls due; give a later --to.',
  )
  expect(await quiet('2027-03-20T00:00:00Z', '2027-04-01T00:00:00Z')).toBe(
    'billing has no grant with something left that expires after 2027-03-20T00:00:00.000Z.',
  )
})

describe('the JSON of a simulation', () => {
  it('has the figures, each mail and each person', async () => {
    const document = await json({ compare: FEWER })
    expect(document.rules).toMatchObject({
      name: "today's rules",
      ...{ sweeps: 3840, emails: 14, byCategory: { warning: 11, expired: 3, correction: 0 }, people: 3 },
      largestDay: { day: '2026-05-02', emails: 3 },
    })
    expect(document.rules.stakes).toContainEqual({
      ...{ category: 'expired', unit: 'tokens', kind: 'promotional', grants: 1, amount: '18.00' },
    })
    expect(document.rules.days.map(({ day, emails }: { day: string; emails: number }) => [day, emails])).toEqual([
      ...[
        ['2026-05-01', 2],
        ['2026-05-02', 3],
        ['2026-05-25', 3],
        ['2026-05-31', 3],
        ['2026-06-02', 3],
      ],
    ])
    expect(document.rules.held[0]).toMatchObject({ at: '2026-05-02T09:00:00.000Z', emails: 3 })
    expect(document.compared).toMatchObject({ name: 'other.yaml', emails: 5, held: [] })
    expect(document.differences.noLongerWarned).toEqual({
      people: 1,
      ofNothing: 1,
      accounts: 1,
      grants: 1,
      outsidePeriod: 0,
    })
    expect(document.noLongerWarned).toEqual([
      {
        to: 'acc_2@example.com',
        account: 'acc_2',
        accountName: 'Name of acc_2',
        grants: ['acc_2_cg'],
        ofNothing: true,
      },
    ])
    expect(document.newlyWarned).toEqual([])
    const under = (name: string) => document.emails.filter((mail: { under: string }) => mail.under === name)
    expect([under('rules').length, under('compared').length]).toEqual([14, 5])
    expect(under('rules')[0]).toMatchObject({
      ...{ to: 'acc_1@example.com', account: 'acc_1', category: 'warning', waited: false },
      grants: [
        { id: 'acc_1_cg', stage: 'P60D', expiresAt: '2026-06-01T12:00:00.000Z', unit: 'USD', remaining: '18.00' },
      ],
    })
  })

  it('of nothing is a document too', async () => {
    const document = await json({ from: '2027-01-01T00:00:00Z', to: '2027-02-01T00:00:00Z' })
    expect(document).toMatchObject({ compared: null, differences: null, emails: [], rules: { largestDay: null } })
    expect(document.nothingBecause).toContain('billing has no grant')
  })

  it('is whole however many mails there are', async () => {
    await using crowd = await openProgram()
    const [expiresFrom, expiresTo] = [new Date('2026-05-29T00:00:00Z'), new Date('2026-06-03T00:00:00Z')]
    await insertCrowd(crowd.database.sql, { count: 300, prefix: 'crowd-Łódź', expiresFrom, expiresTo })
    const document = JSON.parse(await shownAs(crowd.env, openJson, PERIOD))
    expect(document.emails).toHaveLength(document.rules.emails)
    expect(document.rules.emails).toBeGreaterThan(800)
    expect(new Set(document.emails.map(({ account }: { account: string }) => account)).size).toBe(300)
  })
})

it('the CSV of a simulation has a row for each line of each mail', async () => {
  await insertAccount(program.database.sql, { id: 'acc_4', name: '=1+1,"x"' })
  await insertContact(program.database.sql, { id: 'con_4', accountId: 'acc_4' })
  for (const id of ['cg_4a', 'cg_4b']) {
    await insertGrant(program.database.sql, { id, accountId: 'acc_4', expiresAt: '2026-09-01T12:00:00Z' })
  }
  const period = { from: '2026-08-20T00:00:00Z', to: '2026-08-27T00:00:00Z' }
  const text = await shownAs(program.env, openCsv, { ...period, compare: FEWER })
  await program.database.sql(`DELETE FROM billing.credit_grants WHERE account_id = 'acc_4'`)
  const [headings, ...rows] = text.trimEnd().split('\n')
  expect(headings).toBe(
    'at,under,account,account_name,contact,to,category,locale,time_zone,waited,grant,kind,name,stage,expires_at,unit,amount',
  )
  const row = (at: string, under: string, grant: string, stage: string) =>
    `${at},${under},acc_4,"'=1+1,""x""",con_4,con_4@example.com,warning,en,UTC,false,${grant},purchased,,${stage},2026-09-01T12:00:00.000Z,USD,18.00`
  expect(rows).toEqual([
    row('2026-08-20T00:00:00.000Z', 'rules', 'cg_4a', 'P30D'),
    row('2026-08-20T00:00:00.000Z', 'rules', 'cg_4b', 'P30D'),
    row('2026-08-25T09:00:00.000Z', 'rules', 'cg_4a', 'P7D'),
    row('2026-08-25T09:00:00.000Z', 'rules', 'cg_4b', 'P7D'),
    row('2026-08-25T09:00:00.000Z', 'compared', 'cg_4a', 'P7D'),
    row('2026-08-25T09:00:00.000Z', 'compared', 'cg_4b', 'P7D'),
  ])
})

describe('simulate', () => {
  const faultsOf = async (...args: string[]) => {
    const words = ['simulate', ...args]
    const fault = await (await buildProgram(words)).parseAsync(words, { from: 'user' }).catch((error) => error)
    expect(fault).toBeInstanceOf(UsageError)
    return (fault as UsageError).lines
  }

  it('refuses in one line what cannot be simulated', async () => {
    const [from, to] = ['--from=2026-05-01T00:00:00Z', '--to=2026-06-01T00:00:00Z']
    expect(await faultsOf('--from=2026-06-01T00:00:00Z', '--to=2026-05-01T00:00:00Z')).toEqual([
      '--to 2026-05-01T00:00:00.000Z is not after --from 2026-06-01T00:00:00.000Z; name a later one',
    ])
    expect(await faultsOf(from, '--to=2031-05-01T00:00:01Z')).toEqual([
      '--to 2031-05-01T00:00:01.000Z is more than 5 years after --from 2026-05-01T00:00:00.000Z; give 2031-05-01T00:00:00.000Z at the latest',
    ])
    expect(await faultsOf(from, '--to=2026-06-01')).toEqual([expect.stringContaining('has no zone; write')])
    expect(await faultsOf(from, to, '--open')).toEqual([expect.stringContaining('--format html and --output FILE')])
    expect(await faultsOf(from, to, '--policy', join(folder, 'none.yaml'))).toEqual([
      expect.stringMatching(/^--policy names .*none\.yaml, which does not exist; name a file that does$/),
    ])
    expect(await faultsOf(from, '--to=2027-13-01T00:00:00Z')).toEqual([
      expect.stringContaining('--to 2027-13-01T00:00:00Z names a time that does not exist'),
    ])
    const latin = join(folder, 'latin.yaml')
    await writeFile(latin, Buffer.from('timeZone: UTC\nbillingUrl: https://example.com/K\xe4ufe\n', 'latin1'))
    expect(await faultsOf(from, to, '--compare', latin)).toEqual([
      expect.stringMatching(/latin\.yaml:2: is not UTF-8 text; save the file as UTF-8$/),
    ])
    const file = join(folder, 'faulty.yaml')
    await writeFile(file, 'sendAt: "09:00"\npolicies:\n  default: { warnBefore: [7D] }\nmaxMails: 3\n')
    expect(await faultsOf(from, to, '--compare', file)).toEqual([
      expect.stringMatching(/faulty\.yaml:3:27: policies\.default\.warnBefore\[0\]: "7D" is not/),
      expect.stringMatching(/faulty\.yaml:4:1: maxMails: unknown setting/),
    ])
  })

  it('writes a file of what it found, says so on stderr, and leaves nothing half written behind', async () => {
    const rules = join(folder, 'fewer.yaml')
    const file = join(folder, 'what-if.json')
    await writeFile(rules, FEWER)
    const args = ['simulate', '--from', PERIOD.from, '--to', PERIOD.to, '--policy', rules]
    const [written, refused, past, printed] = await Promise.all([
      runCli([...args, '--format', 'json', '--output', file], program.env),
      runCli([...args, '--output', join(folder, 'none', 'x')], program.env),
      runCli(['simulate', '--to', '2020-01-01T00:00:00Z'], program.env),
      runCli(args, { ...program.env, ALLOWED_RECIPIENTS: 'acc_1@example.com' }),
    ])
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: `written to ${file}\n` })
    expect(JSON.parse(await readFile(file, 'utf8')).rules).toMatchObject({ name: rules, emails: 5 })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^--output .*: there is no folder .*; make it first\n$/)
    expect(past).toMatchObject({ code: 2, stdout: '' })
    expect(past.stderr).toMatch(/^--to 2020-01-01T00:00:00\.000Z is not after now \(.*\); name a later one.*\n$/)
    expect(printed.stdout).toMatch(/2 mails to 1 person of 1 account/)
    expect(printed.stderr).toMatch(/^ALLOWED_RECIPIENTS is set: mail goes to 1 address only/)
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([])
  })
})
