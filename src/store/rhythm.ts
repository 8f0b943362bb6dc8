import type { ReportKind } from '../domain/report.ts'
import type { Transaction } from './database.ts'
import { DELIVER_QUEUE, SWEEP_QUEUE } from './queue.ts'

/** What a usual sweep takes is told by so many of the latest. */
const RECENT_SWEEPS = 20
const NO_REPORTS = { failed: 0, delayed: 0, complaint: 0, other: 0 } as const satisfies Record<ReportKind, number>

/** How regularly the work is done, and what the queue has of it. */
export type Rhythm = Readonly<{
  firstSweepAt: Date | null
  /** The median of the latest sweeps, in milliseconds; 0 before the first. */
  usualSweepMs: number
  lastSentAt: Date | null
  /** Since when the queue has had a sweep in a worker's hands; null where it has none. */
  sweepingSince: Date | null
  /** Jobs that wait, and jobs in workers' hands, whoever's. */
  backlog: Readonly<Record<'sweep' | 'deliver', Readonly<{ waiting: number; active: number }>>>
  /** How far ahead the pace of all mails is booked, in seconds. */
  paceAheadSeconds: number
  /** What came back within 24 hours, by what it is. */
  lastDayReports: Readonly<Record<ReportKind, number>>
}>

type Row = Readonly<{
  firstSweepMs: number | null
  usualSweepMs: number
  lastSentMs: number | null
  sweepingMs: number | null
  sweepsWaiting: number
  sweepsActive: number
  batchesWaiting: number
  batchesActive: number
  paceAheadSeconds: number
  lastDayReports: Readonly<Partial<Record<ReportKind, number>>>
}>

/** Bounded by the sweeps there were and by what the queue has to do, never by the mails of all time. */
export async function readRhythm(db: Transaction): Promise<Rhythm> {
  const [row] = await db.$queryRawUnsafe<Row[]>(
    `WITH recent AS (
       SELECT extract(epoch FROM finished_at - started_at) * 1000 AS ms
         FROM reminders.sweeps WHERE state NOT IN ('planning', 'abandoned') ORDER BY as_of DESC LIMIT ${RECENT_SWEEPS}
     ), jobs AS (
       SELECT name, state::text AS state, count(*)::int AS jobs, min(started_on) AS since
         FROM pgboss.job
        WHERE name IN ('${SWEEP_QUEUE}', '${DELIVER_QUEUE}') AND state IN ('created', 'retry', 'active')
        GROUP BY 1, 2
     )
     SELECT (SELECT ${milliseconds('min(started_at)')} FROM reminders.sweeps) AS "firstSweepMs",
            (SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY ms), 0)::float8 FROM recent) AS "usualSweepMs",
            (SELECT ${milliseconds('max(sent_at)')} FROM reminders.mails WHERE state = 'sent') AS "lastSentMs",
            (SELECT ${milliseconds('min(since)')} FROM jobs WHERE name = '${SWEEP_QUEUE}' AND state = 'active') AS "sweepingMs",
            (SELECT ${sumOf(SWEEP_QUEUE, false)} FROM jobs) AS "sweepsWaiting",
            (SELECT ${sumOf(SWEEP_QUEUE, true)} FROM jobs) AS "sweepsActive",
            (SELECT ${sumOf(DELIVER_QUEUE, false)} FROM jobs) AS "batchesWaiting",
            (SELECT ${sumOf(DELIVER_QUEUE, true)} FROM jobs) AS "batchesActive",
            coalesce((SELECT greatest(0, extract(epoch FROM next_free - clock_timestamp()))
                        FROM reminders.pace_lanes WHERE lane = '*'), 0)::float8 AS "paceAheadSeconds",
            (SELECT coalesce(jsonb_object_agg(kind, reports), '{}')
               FROM (SELECT kind, count(*)::int AS reports FROM reminders.reports
                      WHERE received_at > clock_timestamp() - interval '24 hours' GROUP BY kind) came) AS "lastDayReports"`,
  )
  if (row === undefined) throw new Error('the database answered a count with nothing')
  return {
    firstSweepAt: dateOf(row.firstSweepMs),
    usualSweepMs: row.usualSweepMs,
    lastSentAt: dateOf(row.lastSentMs),
    sweepingSince: dateOf(row.sweepingMs),
    backlog: {
      sweep: { waiting: row.sweepsWaiting, active: row.sweepsActive },
      deliver: { waiting: row.batchesWaiting, active: row.batchesActive },
    },
    paceAheadSeconds: row.paceAheadSeconds,
    lastDayReports: { ...NO_REPORTS, ...row.lastDayReports },
  }
}

function milliseconds(instant: string): string {
  return `(extract(epoch FROM ${instant}) * 1000)::float8`
}

function sumOf(queue: string, isActive: boolean): string {
  return `coalesce(sum(jobs) FILTER (WHERE name = '${queue}' AND (state = 'active') = ${isActive}), 0)::int`
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
