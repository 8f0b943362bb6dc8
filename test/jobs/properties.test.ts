import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { compareDecimals } from '../../src/domain/amount.ts'
import { accountZone, expiryOf } from '../../src/domain/grant.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { isWithinReach, momentAt } from '../../src/domain/reach.ts'
import { isAllowed } from '../../src/domain/recipients.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { DAY_MS, file, recipients, rules, runs } from '../domain/arbitraries.ts'
import { arrivalsAt } from '../support/customer.ts'
import { makeUsage, makeWorld } from '../support/generated-world.ts'
import { type Foreseen, openProgram } from '../support/program.ts'
import type { SinkRule } from '../support/smtp-sink.ts'

const SEED = 20_261_125
/** Of each run, opening the program costs most: so few worlds, with many accounts each. */
const WORLDS = 20
const ACCOUNTS = 18
/** A busy machine may take long over many worlds, which is no failure. */
const TIMEOUT_MS = 10 * 60_000

const program = await openProgram()
const { sql } = program.database
afterAll(() => program[Symbol.asyncDispose]())

/** What happens to a grant between two runs. */
const change = fc.record({
  account: fc.nat(ACCOUNTS - 1),
  grant: fc.constantFrom('cg_1', 'cg_2', 'cg_3'),
  what: fc.constantFrom(
    'remaining = 0',
    'remaining = remaining / 4',
    'remaining = 25.00',
    `expires_at = expires_at + interval '36 hours'`,
    `expires_at = expires_at + interval '90 days'`,
    `expires_at = 'infinity'`,
    `voided_at = '2020-01-01Z'`,
    'expired_amount = 3',
  ),
})
const trouble: fc.Arbitrary<SinkRule | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    stage: fc.constantFrom('rcpt' as const, 'final' as const),
    reply: fc.constantFrom('450 4.2.1 later', '550 5.1.1 nobody', '552 5.2.2 full', 'close' as const),
    to: fc.constantFrom('a0_con_1@example.com', 'a1_con_1@example.com', 'shared@example.com'),
    times: fc.integer({ min: 1, max: 3 }),
  }),
)
const world = fc.record({
  files: fc.array(file, { minLength: ACCOUNTS, maxLength: ACCOUNTS }),
  rules: fc
    .tuple(rules, fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: recipients }))
    .map(([rules, listed]) => ({ ...rules, allowedRecipients: listed })),
  // In parts of a grant or two, or in one piece.
  grantsPerPart: fc.constantFrom(1, 2, 1000),
  steps: fc
    .tuple(runs, fc.array(fc.tuple(fc.array(change, { maxLength: 9 }), trouble), { minLength: 3, maxLength: 3 }))
    .map(([times, happenings]) =>
      happenings.flatMap(([changes, trouble], index) => {
        const now = times[index]
        // Two runs of one time could not be told apart in the ledger.
        const isLater = index === 0 || Number(now) > Number(times[index - 1])
        return now === undefined || !isLater ? [] : [{ now, changes, trouble }]
      }),
    ),
  // What each account uses a day; of some, it is not known.
  usage: fc.array(fc.constantFrom(null, '0', '1', '1000000000000'), { minLength: ACCOUNTS, maxLength: ACCOUNTS }),
})

let corrections = 0
let spared = 0

test(
  `over ${WORLDS} generated worlds, a run does what the dry run says, and no promise is broken`,
  async () => {
    let mails = 0
    await fc.assert(
      fc.asyncProperty(world, async ({ files, usage, rules, grantsPerPart, steps }) => {
        await makeWorld(program, files, rules)
        await makeUsage(program, usage)
        for (const [index, { now, changes, trouble }] of steps.entries()) {
          for (const { account, grant, what } of changes) {
            await sql(`UPDATE billing.credit_grants SET ${what} WHERE id = $1`, [`a${account}_${grant}`])
          }
          if (trouble !== null) program.sink.answer(trouble)
          mails += await step({ now, files, rules, grantsPerPart, isLast: index === steps.length - 1 })
        }
      }),
      { seed: SEED, numRuns: WORLDS, endOnFailure: true },
    )
    // Else the worlds were too poor to show anything.
    expect(mails).toBeGreaterThan(3 * WORLDS)
    expect(corrections).toBeGreaterThan(WORLDS / 10)
    expect(spared).toBeGreaterThan(WORLDS / 10)
  },
  TIMEOUT_MS,
)

type Setting = Readonly<{
  now: Date
  files: readonly Partial<AccountFile>[]
  rules: Rules
  grantsPerPart: number
  /** Of those of its world. */
  isLast: boolean
}>

/** One run at one time, and all that holds of it; returns how many mails it tried to deliver. */
async function step(setting: Setting): Promise<number> {
  const instant = setting.now.toISOString()
  const env = trialOf(setting.rules)
  const toldBefore = await toldSoFar()
  const foreseen = await program.dryRunAt(instant, env)
  const arrivedBefore = program.sink.mails.length
  const { sweep, unfinished } = await program.runAt(instant, { env })
  expect(unfinished).toBe(0)

  const tried = await triedAt(setting.now)
  expect(byContact(tried)).toEqual(byContact(foreseen.emails))
  const rows = await grantsAt(setting)
  await expectSameSkips(foreseen)
  const decided = expectOneOutcomeEach(foreseen)
  expect(sweep.counts.examined).toBe(decided.length)
  expectThoseInQuestion(decided, rows, toldBefore, setting)
  spared += foreseen.skipped.filter(({ reason }) => reason === 'used-anyway').length
  corrections += foreseen.emails.filter(({ category }) => category === 'correction').length
  expectTimelyAndWorthwhile(foreseen, rows, setting.now)
  await expectArrivalsAsRecorded(arrivedBefore, setting.now)
  const arrived = program.sink.mails.slice(arrivedBefore).flatMap(({ envelope }) => envelope.to)
  expect(arrived.filter((to) => !isAllowed(to, setting.rules.allowedRecipients))).toEqual([])
  // For whom the limit a day held back of the mails that were refused just now, the rerun has something to do.
  if (setting.isLast && setting.rules.maxEmailsPerAddressPerDay > 1) await expectRerunAddsNothing(instant, env)
  return tried.length
}

/** What the environment says beside the rules: who alone may be written to. */
function trialOf({ allowedRecipients }: Rules): Readonly<Record<string, string>> {
  return allowedRecipients === null ? {} : { ALLOWED_RECIPIENTS: [...allowedRecipients].join() }
}

async function expectSameSkips({ skipped }: Foreseen): Promise<void> {
  const decisions = await program.decisions()
  for (const { grant, reason } of skipped) expect([grant, decisions[grant]]).toEqual([grant, reason])
}

/** A grant is in a mail or skipped, and never both; returns all that are in either. */
function expectOneOutcomeEach(foreseen: Foreseen): readonly string[] {
  const told = new Set(foreseen.emails.flatMap(({ grants }) => grants.map(({ id }) => id)))
  const skipped = foreseen.skipped.map(({ grant }) => grant)
  expect(new Set(skipped).size).toBe(skipped.length)
  expect(skipped.filter((id) => told.has(id))).toEqual([])
  return [...told, ...skipped]
}

/** By grant, the expiries that somebody was told, in the order of planning. */
async function toldSoFar(): Promise<ReadonlyMap<string, readonly Date[]>> {
  const rows = await sql<{ id: string; at: Date }>(
    `SELECT grant_id AS id, expires_at AS at FROM reminders.notices WHERE state = 'sent' ORDER BY notices.id`,
  )
  const byGrant = Map.groupBy(rows, ({ id }) => id)
  return new Map([...byGrant].map(([id, told]) => [id, told.map(({ at }) => at)]))
}

/**
 * Decided on is every grant within reach. Of the others, only such as somebody was told an earlier expiry of that is still
 * news; and each that was last told so, and has something left.
 */
function expectThoseInQuestion(
  decided: readonly string[],
  rows: ReadonlyMap<string, Row>,
  toldBefore: ReadonlyMap<string, readonly Date[]>,
  { rules, now }: Setting,
): void {
  const moment = momentAt(rules, now)
  const due = new Set(decided)
  for (const [id, { expiresAt, isWorthwhile }] of rows) {
    if (expiresAt !== null && isWithinReach(expiresAt, moment)) {
      expect([id, due.has(id)]).toEqual([id, true])
      continue
    }
    const isWrong = (told: Date) => told >= moment.reach.from && (expiresAt === null ? told < NEVER : told < expiresAt)
    const told = toldBefore.get(id) ?? []
    if (!told.some(isWrong)) expect([id, due.has(id)]).toEqual([id, false])
    else if (isWorthwhile && told.slice(-1).some(isWrong)) expect([id, due.has(id)]).toEqual([id, true])
  }
}

/** No warning at or after the expiry, no final notice before it, none of old, and no mail for nothing. */
function expectTimelyAndWorthwhile({ emails }: Foreseen, rows: ReadonlyMap<string, Row>, now: Date): void {
  for (const { category, grants } of emails) {
    expect(grants.length).toBeGreaterThan(0)
    for (const { id, stage, expiresAt, unit, remaining } of grants) {
      const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - now.getTime()
      expect(rows.get(id)?.expiresAt?.toISOString() ?? null).toBe(expiresAt)
      expect(['expired', 'correction'].includes(stage) ? stage : 'warning').toBe(category)
      if (category !== 'expired') expect(leftMs).toBeGreaterThan(0)
      else expect(Math.abs(leftMs + 3.5 * DAY_MS)).toBeLessThanOrEqual(3.5 * DAY_MS)
      expect(compareDecimals(remaining, unit === 'USD' ? '0.50' : '0.0000001')).toBeGreaterThanOrEqual(0)
    }
  }
}

/** What arrived is what the ledger says, to one recipient each. */
async function expectArrivalsAsRecorded(arrivedBefore: number, now: Date): Promise<void> {
  const arrived = (await arrivalsAt(program.sink)).slice(arrivedBefore)
  const sent = await sql(`SELECT message_id AS id, to_address AS to FROM reminders.mails WHERE sent_at = $1`, [now])
  const arrivedIds = new Set(arrived.map(({ messageId, to }) => `${messageId} ${to}`))
  expect(arrivedIds).toEqual(new Set(sent.map(({ id, to }) => `${id} ${to}`)))
  expect(arrived).toHaveLength(arrivedIds.size)
}

async function expectRerunAddsNothing(instant: string, env: Readonly<Record<string, string>>): Promise<void> {
  const { sweep } = await program.runAt(instant, { env })
  expect(sweep.counts.emails + sweep.dispatched).toBe(0)
}

type Row = Readonly<{ expiresAt: Date | null; isWorthwhile: boolean }>
const NEVER = new Date('9999-12-31T00:00:00Z')

/** Every grant, with its expiry: found without any of the program's own searches. */
async function grantsAt({ now, files, rules }: Setting): Promise<ReadonlyMap<string, Row>> {
  const rows = await sql<{ id: string; expiresAt: Date | number | null; isWorthwhile: boolean }>(
    `SELECT g.id, expires_at AS "expiresAt",
            remaining >= 0.5 AND voided_at IS NULL AND coalesce(effective_at, granted_at) <= $1
              AND (closed_at IS NULL OR closed_at > $1) AS "isWorthwhile"
       FROM billing.credit_grants g JOIN billing.accounts a ON a.id = g.account_id`,
    [now],
  )
  const found = new Map<string, Row>()
  for (const [index, { account = null, grants = [] }] of files.entries()) {
    for (const grant of grants as readonly CreditGrant[]) {
      const id = `a${index}_${grant.id}`
      const { expiresAt: stated = null, isWorthwhile = false } = rows.find((row) => row.id === id) ?? {}
      // What pg makes of infinity.
      const known = typeof stated === 'number' ? ('never' as const) : stated
      const expiresAt = expiryOf({ ...grant, expiresAt: known }, rules, accountZone(account, rules))
      found.set(id, { expiresAt, isWorthwhile })
    }
  }
  return found
}

/** The mails that were handed to the server at a time, whatever it said, with the lines that they had then. */
async function triedAt(now: Date): Promise<Foreseen['emails']> {
  const tried = await sql<{ id: string }>(`SELECT DISTINCT mail_id AS id FROM reminders.attempts WHERE at = $1`, [now])
  return program.ledgerMails({ ids: tried.map(({ id }) => id) })
}

function byContact(mails: Foreseen['emails']) {
  return Object.fromEntries(mails.map((mail) => [`${mail.contact} ${mail.category} ${mail.grants[0]?.id}`, mail]))
}
