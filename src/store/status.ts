import { type DoneClearing, readLastClearing } from './clearings.ts'
import type { Transaction } from './database.ts'
import { databaseNow } from './sweep-ledger.ts'

/** How the ledger stands, in one screen: what ran, what waits, what failed, and what needs a person. */
export type LedgerStatus = Readonly<{
  /** The database's clock. */
  now: Date
  /** The latest sweep that did its work, also where it is held. One that failed left nothing behind. */
  lastSweep: SweepStatus | null
  /** Those that wait for a person, oldest first. */
  heldSweeps: readonly HeldSweep[]
  /** Of the last 24 hours. */
  lastDay: DayStatus
  outbox: OutboxStatus
  /** By reason: mails given up in the last 24 hours, and those of whenever that would still come in time. */
  failures: readonly FailureStatus[]
  /** Addresses that get no mail, or no warnings. */
  suppressions: readonly SuppressionStatus[]
  /** The last removal of what is kept no longer; null before the first. */
  lastClearing: DoneClearing | null
}>

export type SweepStatus = Readonly<{
  id: string
  asOf: Date
  state: string
  /** Grants that it looked at. */
  examined: number
  /** Mails that it planned. */
  emails: number
  /** Grants that got no mail, by reason. */
  skipped: Readonly<Record<string, number>>
  startedAt: Date
  finishedAt: Date
}>

export type HeldSweep = Readonly<{ id: string; asOf: Date; emails: number; heldBecause: string; finishedAt: Date }>

export type DayStatus = Readonly<{
  sweeps: number
  /** Grants, by all sweeps together: one that three sweeps looked at counts thrice. */
  examined: number
  /** Mails planned. */
  planned: number
  sent: number
}>

export type OutboxStatus = Readonly<{
  /** Waiting to be sent now. */
  due: number
  /** Waiting for a later try. */
  later: number
  /** Claimed by a worker. */
  inHand: number
  /** Of all these, those that may have arrived already. */
  uncertain: number
  /** Since when the mail that has waited longest could have left; null where none is due. */
  oldestDueSince: Date | null
}>

export type FailureStatus = Readonly<{ reason: string; lastDay: number; open: number }>

export type SuppressionStatus = Readonly<{ reason: string; scope: 'all' | 'warnings'; addresses: number }>

/** Planned in parts, and not done yet; or given up before it was. */
const NO_GOOD_SWEEP = ['planning', 'abandoned'] as const

/** Reads how the ledger stands. Bounded by what waits, what failed and one day, never by what was sent in all. */
export async function readLedgerStatus(db: Transaction): Promise<LedgerStatus> {
  const now = await databaseNow(db)
  return {
    now,
    lastSweep: await readLastSweep(db),
    heldSweeps: await readHeldSweeps(db),
    lastDay: await readDay(db, now),
    outbox: await readOutbox(db, now),
    failures: await readFailures(db, now),
    suppressions: await readSuppressions(db),
    lastClearing: await readLastClearing(db),
  }
}

async function readLastSweep(db: Transaction): Promise<SweepStatus | null> {
  const sweep = await db.sweep.findFirst({
    where: { state: { notIn: [...NO_GOOD_SWEEP] } },
    orderBy: [{ finishedAt: 'desc' }, { id: 'desc' }],
    select: {
      id: true,
      asOf: true,
      state: true,
      examined: true,
      emails: true,
      skipped: true,
      startedAt: true,
      finishedAt: true,
    },
  })
  return sweep && { ...sweep, skipped: sweep.skipped as SweepStatus['skipped'] }
}

async function readHeldSweeps(db: Transaction): Promise<readonly HeldSweep[]> {
  const sweeps = await db.sweep.findMany({
    where: { state: 'held' },
    orderBy: [{ startedAt: 'asc' }, { id: 'asc' }],
    select: { id: true, asOf: true, emails: true, heldBecause: true, finishedAt: true },
  })
  return sweeps.map(({ heldBecause, ...sweep }) => ({ ...sweep, heldBecause: heldBecause ?? '' }))
}

async function readDay(db: Transaction, now: Date): Promise<DayStatus> {
  const [day] = await db.$queryRawUnsafe<DayStatus[]>(
    `SELECT count(*)::int AS sweeps, coalesce(sum(examined), 0)::float8 AS examined,
            coalesce(sum(emails), 0)::float8 AS planned,
            (SELECT count(*)::int FROM reminders.mails
              WHERE state = 'sent' AND sent_at > $1::timestamptz - interval '24 hours') AS sent
       FROM reminders.sweeps
      WHERE finished_at > $1::timestamptz - interval '24 hours' AND state <> ALL ($2::text[])`,
    now.toISOString(),
    NO_GOOD_SWEEP,
  )
  return day ?? { sweeps: 0, examined: 0, planned: 0, sent: 0 }
}

type OutboxRow = Omit<OutboxStatus, 'oldestDueSince'> & Readonly<{ oldestDueMs: number | null }>

async function readOutbox(db: Transaction, now: Date): Promise<OutboxStatus> {
  const [row] = await db.$queryRawUnsafe<OutboxRow[]>(
    `SELECT (count(*) FILTER (WHERE waits AND since <= $1::timestamptz))::int AS due,
            (count(*) FILTER (WHERE waits AND since > $1::timestamptz))::int AS later,
            (count(*) FILTER (WHERE NOT waits))::int AS "inHand",
            (count(*) FILTER (WHERE uncertain))::int AS uncertain,
            (extract(epoch FROM min(since) FILTER (WHERE since <= $1::timestamptz)) * 1000)::float8 AS "oldestDueMs"
       FROM (
         -- A mail of a sweep that was held could leave from a person's approval on.
         SELECT m.state = 'queued' AS waits, m.uncertain, greatest(m.next_attempt_at, s.decided_at) AS since
           FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id WHERE m.state = 'queued'
         UNION ALL
         SELECT false, m.uncertain, greatest(m.next_attempt_at, s.decided_at)
           FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id WHERE m.state = 'sending'
       ) waiting`,
    now.toISOString(),
  )
  if (row === undefined) throw new Error('the database answered a count with nothing')
  const { oldestDueMs, ...counts } = row
  return { ...counts, oldestDueSince: oldestDueMs === null ? null : new Date(oldestDueMs) }
}

async function readFailures(db: Transaction, now: Date): Promise<readonly FailureStatus[]> {
  return db.$queryRawUnsafe<FailureStatus[]>(
    // Nothing fails days after its deadline: the index leads to the few that failed lately.
    `SELECT reason, (count(*) FILTER (WHERE failed_at > $1::timestamptz - interval '24 hours'))::int AS "lastDay",
            (count(*) FILTER (WHERE state = 'failed' AND deadline > $1::timestamptz))::int AS open
       FROM (
         SELECT m.reason, m.state, m.deadline,
                (SELECT max(n.settled_at) FROM reminders.notices n WHERE n.mail_id = m.id AND n.state = 'failed') AS failed_at
           FROM reminders.mails m
          WHERE (m.state = 'failed' OR m.reason = 'too-late') AND m.deadline > $1::timestamptz - interval '7 days'
       ) failed
      WHERE failed_at > $1::timestamptz - interval '24 hours' OR (state = 'failed' AND deadline > $1::timestamptz)
      GROUP BY reason ORDER BY reason COLLATE "C"`,
    now.toISOString(),
  )
}

async function readSuppressions(db: Transaction): Promise<readonly SuppressionStatus[]> {
  return db.$queryRawUnsafe<SuppressionStatus[]>(
    `SELECT reason, scope, count(*)::int AS addresses FROM reminders.suppressions
      WHERE lifted_at IS NULL GROUP BY reason, scope ORDER BY reason COLLATE "C", scope COLLATE "C"`,
  )
}
