import { afterAll, beforeEach, expect, test } from 'vitest'
import { openForReading } from '../../src/compose-ledger.ts'
import { parseRules } from '../../src/config/rules-file.ts'
import { recentSweeps } from '../../src/domain/sweep-history.ts'
import { simulate } from '../../src/jobs/simulate.ts'
import { readPastSweeps } from '../../src/store/past-sweeps.ts'
import { readSharedAddresses } from '../../src/store/shared-addresses.ts'
import { readRecentSweeps } from '../../src/store/yardsticks.ts'
import { insertAccount, insertContact, insertCrowd, insertGrant } from '../support/billing.ts'
import { insertPastSweeps } from '../support/past-sweeps.ts'
import { openProgram } from '../support/program.ts'
import { simulateIn } from '../support/simulation.ts'

const program = await openProgram({ rules: { sendAt: '09:00' } })
const { sql, db } = program.database
afterAll(() => program[Symbol.asyncDispose]())

beforeEach(async () => {
  program.sink.reset()
  await sql(`TRUNCATE billing.accounts, billing.contacts, billing.credit_grants, reminders.sweeps, reminders.mails,
    reminders.notices, reminders.reports, reminders.sweep_parts, reminders.mail_copies, reminders.attempts, reminders.decisions`)
})

const PERIOD = { from: '2026-03-01T00:00:00Z', to: '2026-07-01T00:00:00Z' }

/** An account with one contact and a grant that expires on 1 June at noon. */
async function insertCustomer(id: string, more: Readonly<{ email?: string; kind?: string }> = {}): Promise<void> {
  const { email = `${id}@example.com`, kind = 'purchased' } = more
  await insertAccount(sql, { id })
  await insertContact(sql, { id: `${id}_con`, accountId: id, email })
  await insertGrant(sql, { id: `${id}_cg`, accountId: id, kind, expiresAt: '2026-06-01T12:00:00Z' })
}

const stagesOf = ({ mails }: Awaited<ReturnType<typeof simulateIn>>) =>
  mails.map(({ at, lines }) => `${at.toISOString().slice(0, 16)} ${lines.map(({ stage }) => stage)}`)

test('a period brings each warning of a grant at its time, and the notice that it is gone', async () => {
  await insertCustomer('acc_1')
  const simulated = await simulateIn(program.env, PERIOD)
  expect(stagesOf(simulated)).toEqual([
    '2026-04-02T09:00 P60D',
    '2026-05-02T09:00 P30D',
    '2026-05-25T09:00 P7D',
    '2026-05-31T09:00 P1D',
    '2026-06-02T09:00 expired',
  ])
  const { period, sweptAlready } = simulated.result
  expect(period).toMatchObject({ sweeps: 122 * 96, totals: { emails: 5, people: 1, accounts: 1, grants: 1 } })
  expect(period.days.map(({ day }) => day).slice(0, 2)).toEqual(['2026-04-02', '2026-05-02'])
  expect(period.largestDay?.day).toBe('2026-04-02')
  expect(sweptAlready).toBeNull()
})

test('the first instant belongs to the period, its end does not', async () => {
  await insertCustomer('acc_1')
  const until = await simulateIn(program.env, { from: '2026-05-25T09:00:00Z', to: '2026-05-31T09:00:00Z' })
  expect(stagesOf(until)).toEqual(['2026-05-25T09:00 P7D'])
})

test('a period without a slot of the schedule brings nothing', async () => {
  await insertCustomer('acc_1')
  const { mails, result } = await simulateIn(program.env, { from: '2026-05-25T09:01:00Z', to: '2026-05-25T09:14:00Z' })
  expect(mails).toEqual([])
  expect(result.period).toMatchObject({ sweeps: 0, days: [], largestDay: null, held: [] })
})

test('what the ledger told is told, and a mail that waits goes out when its time has come', async () => {
  await insertCustomer('acc_1')
  await insertCustomer('acc_2')
  program.sink.answer({ stage: 'rcpt', reply: '450 4.2.1 later', to: 'acc_2@example.com', times: 1 })
  await program.runAt('2026-05-25T09:00:00Z')
  const { mails, result } = await simulateIn(program.env, { from: '2026-05-25T09:00:00Z', to: '2026-05-31T00:00:00Z' })
  expect(mails.map(({ accountId, waited, lines }) => [accountId, waited, lines[0]?.stage])).toEqual([
    ['acc_2', true, 'P7D'],
  ])
  expect(result.sweptAlready?.toISOString()).toBe('2026-05-25T09:00:00.000Z')
})

test('one limit a day holds for an address of several accounts, however it is written', async () => {
  await insertCustomer('acc_1', { email: 'ana@bücher.example' })
  await insertCustomer('acc_2', { email: 'ANA@xn--bcher-kva.example' })
  await insertCustomer('acc_3', { email: 'bob@example.com' })
  const shared = await readSharedAddresses(db)
  expect([...shared.keys()].toSorted()).toEqual(['acc_1', 'acc_2'])
  const rules = parseRules('{ maxEmailsPerAddressPerDay: 1, policies: { default: { warnBefore: [P7D] } } }')
  const simulated = await simulateIn(program.env, { ...PERIOD, rules })
  expect(stagesOf(simulated).toSorted()).toEqual([
    '2026-05-25T09:00 P7D',
    '2026-05-25T09:00 P7D',
    '2026-05-26T09:00 P7D',
    '2026-06-02T09:00 expired',
    '2026-06-02T09:00 expired',
    '2026-06-03T09:00 expired',
  ])
})

test('sweeps that the guard would hold are told with its reason, and count as approved', async () => {
  await insertCustomer('acc_1')
  await insertCustomer('acc_2')
  const { result } = await simulateIn(program.env, { ...PERIOD, rules: parseRules('maxEmailsPerSweep: 1') })
  expect(result.period.held).toHaveLength(5)
  expect(result.period.held[0]).toEqual({
    at: new Date('2026-04-02T09:00:00Z'),
    emails: 2,
    because: '2 mails planned, more than maxEmailsPerSweep (1)',
  })
  expect(result.period.totals.emails).toBe(10)
})

test('the guard compares the sweeps of a period with each other, and counts all addresses', async () => {
  const expiring = (day: string, count: number) =>
    insertCrowd(sql, {
      ...{ count, prefix: `on${day}` },
      expiresFrom: new Date(`2026-06-${day}T12:00:00Z`),
      expiresTo: new Date(`2026-06-${day}T12:00:01Z`),
    })
  for (const day of ['11', '12', '13', '14', '15']) await expiring(day, 10)
  await expiring('16', 101)
  const rules = parseRules('policies: { default: { warnBefore: [] } }')
  const { result } = await simulateIn(program.env, { ...PERIOD, rules })
  expect(result.period.held.map(({ at, because }) => `${at.toISOString().slice(0, 10)} ${because}`)).toEqual([
    '2026-06-17 101 mails planned, more than maxGrowth (5) times the median of the recent sweeps (10); ' +
      '101 of 151 addresses would be told that credits are gone, more than maxGoneShare (0.2)',
  ])
})

test('two sets of rules are told apart: how many mails, and who is warned by one of them only', async () => {
  await insertCustomer('acc_1')
  await insertCustomer('acc_2', { kind: 'promotional' })
  const policies = 'purchased: { warnBefore: [] }, promotional: { warnBefore: [P7D] }'
  const otherRules = parseRules(`{ sendAt: '10:00', policies: { ${policies} } }`)
  const compared = await simulateIn(program.env, { ...PERIOD, otherRules })
  expect(compared.result.period.totals).toMatchObject({ emails: 9, people: 2 })
  expect(compared.result.compared?.totals).toMatchObject({ emails: 3, people: 2 })
  expect(compared.otherMails.map(({ at }) => at.toISOString().slice(5, 13)).toSorted()).toEqual([
    ...['05-25T10', '06-02T10', '06-02T10'],
  ])
  expect(compared.noLongerWarned).toEqual([
    { accountId: 'acc_1', accountName: 'Acme', to: 'acc_1@example.com', grantIds: ['acc_1_cg'], ofNothing: true },
  ])
  expect(compared.result.compared?.comparison).toEqual({
    noLongerWarned: { people: 1, ofNothing: 1, accounts: 1, grants: 1, outsidePeriod: 0 },
    newlyWarned: { people: 0, ofNothing: 0, accounts: 0, grants: 0, outsidePeriod: 0 },
  })
})

test('nobody counts as no longer warned who was warned before the period, or may be after it', async () => {
  await insertCustomer('acc_1')
  await program.runAt('2026-04-02T09:00:00Z')
  const lostBy = async (warnBefore: string, to: string) => {
    const otherRules = parseRules(`{ sendAt: '09:00', policies: { purchased: { warnBefore: ${warnBefore} } } }`)
    const { result, noLongerWarned } = await simulateIn(program.env, { from: '2026-04-03T00:00:00Z', to, otherRules })
    return { named: noLongerWarned.length, outside: result.compared?.comparison.noLongerWarned.outsidePeriod }
  }
  expect(await lostBy('[]', '2026-07-01T00:00:00Z')).toEqual({ named: 0, outside: 1 })
  await sql('TRUNCATE reminders.notices')
  expect(await lostBy('[]', '2026-07-01T00:00:00Z')).toEqual({ named: 1, outside: 0 })
  expect(await lostBy('[]', '2026-05-20T00:00:00Z')).toEqual({ named: 1, outside: 0 })
  expect(await lostBy('[P3D]', '2026-05-20T00:00:00Z')).toEqual({ named: 0, outside: 1 })
})

test('progress is told of how many grants there are, however many rules', async () => {
  for (const id of ['acc_1', 'acc_2', 'acc_3']) await insertCustomer(id, { email: 'one@example.com' })
  for (const otherRules of [null, parseRules('timeZone: Asia/Tokyo')]) {
    const told = { done: 0, total: 0 }
    const openProgress = () => ({
      advance: (count: number) => {
        told.done += count
      },
      expect: (total: number) => {
        told.total = total
      },
      finish: () => {},
    })
    await using setting = await openForReading(program.env)
    const request = { from: new Date(PERIOD.from), to: new Date(PERIOD.to), rules: setting.rules, otherRules }
    await simulate({ ...setting, openProgress }, request)
    expect(told).toEqual({ done: 3, total: 3 })
  }
})

test('other rules may give a grant another expiry: then whoever was told of the first is told of it', async () => {
  await insertAccount(sql)
  await insertContact(sql)
  await insertGrant(sql, { grantedAt: '2025-06-01T12:00:00Z', expiresAt: null })
  await program.runAt('2026-05-25T09:00:00Z')
  const otherRules = parseRules(`policies: { purchased: { validity: P2Y, warnBefore: [P7D] } }`)
  const period = { from: '2026-05-26T00:00:00Z', to: '2027-07-01T00:00:00Z' }
  const { mails, otherMails } = await simulateIn(program.env, { ...period, otherRules })
  expect(mails.map(({ lines }) => lines[0]?.stage)).toEqual(['P1D', 'expired'])
  expect(otherMails.map(({ at, lines }) => `${at.toISOString().slice(0, 16)} ${lines[0]?.stage}`)).toEqual([
    '2026-05-26T09:00 correction',
    '2027-05-25T09:00 P7D',
    '2027-06-02T09:00 expired',
  ])
})

test('from the ledger, the guard is given the sweeps that it would read there itself', async () => {
  const now = new Date('2026-05-25T09:00:00Z')
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString()
  const swept = Array.from({ length: 40 }, (_, index) => ({ asOf: hoursAgo(1 + index * 17), emails: (index * 7) % 11 }))
  await insertPastSweeps(sql, [...swept, { asOf: hoursAgo(3), emails: 99, state: 'held' }])
  expect(recentSweeps(await readPastSweeps(db, now), now)).toEqual(await readRecentSweeps(db, now))
})
