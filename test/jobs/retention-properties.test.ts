import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rulesDocument } from '../../src/config/rules-document.ts'
import { parseRules } from '../../src/config/rules-file.ts'
import { clear } from '../../src/jobs/clearing.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { sweep } from '../../src/jobs/sweep.ts'
import { createLogger } from '../../src/logger.ts'
import { auditLedger } from '../../src/store/audit.ts'
import { openQueue } from '../../src/store/queue.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

/** A step costs much more than an account. */
const WORLDS = 4
const ACCOUNTS = 150
const MS_PER_DAY = 86_400_000
const START_MS = Date.parse('2026-01-01T12:00:00Z')
const TIMEOUT_MS = 5 * 60_000

const log = createLogger({ level: 'silent' })

/** The shortest retention that there may be: what it would lose is lost soonest. */
const RULES = parseRules(`
sendAt: anytime
expiredWithin: P3D
keepMails: null
retention: P40D
maxEmailsPerAddressPerDay: 1000
policies: { default: { warnBefore: [P7D, P1D] } }
`)

/** Two ledgers over the same company: one that is cleared after every sweep, and one that keeps everything. */
let cleared: TestDatabase
let whole: TestDatabase
beforeAll(async () => {
  cleared = await testDatabase()
  whole = await testDatabase()
})
afterAll(() => Promise.all([cleared.drop(), whole.drop()]))

const days = (min: number, max: number) => fc.noBias(fc.integer({ min, max }))

/** What becomes of a grant's expiry: so many days from the day of the change, never, back to what it was, or as it is. */
const move = fc.oneof(
  { weight: 9, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: days(-5, 12) },
  { weight: 3, arbitrary: days(13, 200) },
  { weight: 3, arbitrary: fc.constant('never' as const) },
  { weight: 1, arbitrary: fc.constant('back' as const) },
)
const world = fc.array(
  fc.record({
    /** How long after the step before it. */
    days: fc.oneof(days(1, 5), days(1, 5), days(20, 60)),
    moves: fc.array(move, { minLength: ACCOUNTS, maxLength: ACCOUNTS }),
    /** Whose mails fail, or are left without a line. */
    trouble: fc.nat(ACCOUNTS - 1),
  }),
  { minLength: 12, maxLength: 16, size: 'max' },
)

test(
  `over ${WORLDS} generated worlds, a ledger whose old rows are removed plans what a whole one plans, and has nothing amiss`,
  async () => {
    let removed = 0
    const planned = { warning: 0, expired: 0, correction: 0 }
    await using resources = new AsyncDisposableStack()
    const ledgers = await Promise.all([cleared, whole].map((database) => openLedger(database, resources)))
    const [first, second] = ledgers
    if (first === undefined || second === undefined) throw new Error('there are two')
    await fc.assert(
      fc.asyncProperty(world, async (steps) => {
        await Promise.all(ledgers.map(({ found }) => found()))
        const expiries: (Date | null)[][] = Array.from({ length: ACCOUNTS }, () => [])
        let now = START_MS
        for (const step of steps) {
          now += step.days * MS_PER_DAY
          const current = step.moves.map((what, index) => expiryAfter(what, expiries[index] ?? [], now))
          const at = new Date(now)
          const [one, other] = await Promise.all(ledgers.map((ledger) => ledger.step(at, current, step.trouble)))
          expect({ at, planned: one }).toEqual({ at, planned: other })
          for (const { category } of one ?? []) planned[category] += 1
          removed += (await clear({ db: cleared.db, rules: RULES, log }, at)).mails
        }
        expect((await auditLedger(cleared.db, null)).findings).toEqual([])
        expect(await first.counts()).toEqual(await second.counts())
      }),
      { seed: 20_261_125, numRuns: WORLDS, endOnFailure: true },
    )
    // Else the worlds were too poor to show anything.
    expect(removed).toBeGreaterThan(5 * WORLDS)
    expect(Math.min(...Object.values(planned))).toBeGreaterThan(WORLDS)
  },
  TIMEOUT_MS,
)

/** The next expiry of a grant, which is kept with those that it had. */
function expiryAfter(what: number | 'never' | 'back' | null, had: (Date | null)[], now: number): Date | null {
  const last = had.at(-1) ?? null
  const next =
    what === null && had.length > 0
      ? last
      : what === 'never'
        ? null
        : what === 'back'
          ? (had.at(-2) ?? last)
          : new Date(now + (typeof what === 'number' ? what : 5) * MS_PER_DAY)
  had.push(next)
  return next
}

type Planned = Readonly<{ category: 'warning' | 'expired' | 'correction'; grant: string; at: Date; stage: string }>

/** A ledger over a company, and one step of its life: what was planned then, and has an end. */
async function openLedger({ db, sql, url }: TestDatabase, resources: AsyncDisposableStack) {
  const queue = await openQueue({ url, log })
  resources.defer(() => queue.stop({ graceful: false }))
  const setting = {
    ...{ db, queue, rules: RULES, rulesDocument: rulesDocument(RULES), locales: ['en'], grantsPerPart: 100_000 },
    ...{ messageIdOf: (id: string) => `<${id}@acme.example>`, openProgress: noProgress },
  }
  return {
    found: async () => {
      await sql(`TRUNCATE billing.accounts, billing.contacts, billing.credit_grants, reminders.rule_sets, reminders.sweeps,
        reminders.mails, reminders.notices, reminders.reports, reminders.sweep_parts, reminders.mail_copies,
        reminders.attempts, reminders.decisions, reminders.daily_totals, reminders.clearings`)
      await sql(
        `INSERT INTO billing.accounts (id, name) SELECT 'a' || i, 'a' FROM generate_series(0, $1::int - 1) AS i`,
        [ACCOUNTS],
      )
      await sql(
        `INSERT INTO billing.contacts (id, account_id, email, receives_billing_email)
         SELECT 'c' || i, 'a' || i, 'c' || i || '@example.com', true FROM generate_series(0, $1::int - 1) AS i`,
        [ACCOUNTS],
      )
      await sql(
        `INSERT INTO billing.credit_grants (id, account_id, kind, unit, amount, remaining, priority, granted_at)
         SELECT 'g' || i, 'a' || i, 'purchased', 'USD', 10, 10, 0, '2025-01-01Z' FROM generate_series(0, $1::int - 1) AS i`,
        [ACCOUNTS],
      )
    },
    step: async (asOf: Date, expiries: readonly (Date | null)[], trouble: number): Promise<readonly Planned[]> => {
      await sql(
        `UPDATE billing.credit_grants g SET expires_at = e.at
           FROM unnest($1::timestamptz[]) WITH ORDINALITY AS e(at, place) WHERE g.id = 'g' || (e.place - 1)`,
        [expiries],
      )
      const outcome = await sweep(setting, { id: `at-${asOf.toISOString()}`, asOf })
      const values = [outcome?.id, asOf, `a${trouble}`]
      const rows = await sql<Planned>(
        `SELECT m.category, n.grant_id AS grant, n.expires_at AS at, n.stage
           FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id
          WHERE m.sweep_id = $1 ORDER BY n.grant_id, n.stage, n.expires_at`,
        values.slice(0, 1),
      )
      // As a delivery would leave them.
      await sql(
        `WITH over AS (
           UPDATE reminders.mails SET batch_id = NULL, attempts = 1,
                  state = CASE WHEN account_id = $3 THEN 'failed' ELSE 'sent' END,
                  reason = CASE WHEN account_id = $3 THEN 'mail-refused' END, sent_at = $2::timestamptz
            WHERE sweep_id = $1 RETURNING id, state
         ), copies AS (
           INSERT INTO reminders.mail_copies (mail_id, attempt, source_hash, source_bytes, at)
           SELECT id, 1, repeat('0', 64), 1, $2::timestamptz FROM over
         ), tries AS (
           INSERT INTO reminders.attempts (mail_id, number, at, outcome, stage, reply)
           SELECT id, 1, $2::timestamptz, state, 'final', '' FROM over
         )
         UPDATE reminders.notices n SET state = o.state, settled_at = $2::timestamptz,
                reason = CASE WHEN o.state = 'failed' THEN 'mail-refused' END
           FROM over o WHERE n.mail_id = o.id`,
        values,
      )
      return rows
    },
    /** Of all that there ever was, whether its rows are there or its counts. */
    counts: () =>
      sql(
        `SELECT day::text, category, state, reason, sum(mails)::int AS mails, sum(notices)::int AS notices FROM (
           SELECT day, category, state, reason, mails, notices FROM reminders.daily_totals
           UNION ALL
           SELECT (s.as_of AT TIME ZONE 'UTC')::date, m.category, m.state, coalesce(m.reason, ''), 1,
                  (SELECT count(*) FROM reminders.notices n WHERE n.mail_id = m.id)
             FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id) every
          GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
      ),
  }
}
