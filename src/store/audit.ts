import { AUDIT_CHECKS, type AuditCheck, type Discrepancy } from '../domain/audit.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import { CHECK_STATEMENTS, IN_SPAN } from './audit-checks.ts'
import type { Database, Transaction } from './database.ts'
import { databaseNow } from './sweep-ledger.ts'

/** A ledger of years is read in one go. */
const AUDIT_TIMEOUT_MS = 4 * 60 * 60_000
/** Ids are made by the hosts' clocks, which may be off by a day; the database's has the last word on what is looked at. */
const CLOCKS_OFF_BY_MS = 2 * MS_PER_DAY
/** Where a whole ledger is wrong, so many say as much as all. */
const MOST_OF_A_CHECK = 100

/** How much was looked at. */
export type AuditCounts = Readonly<{
  sweeps: number
  mails: number
  notices: number
  attempts: number
  /** Mails that were in doubt at some time: these may have arrived twice. */
  uncertain: number
}>

export type AuditFinding = Discrepancy & Readonly<{ check: AuditCheck }>

export type Audit = Readonly<{
  /** The database's clock. */
  at: Date
  counts: AuditCounts
  /** At most 100 of each check. */
  findings: readonly AuditFinding[]
  /** How many more there are of the checks that found more than that. */
  unlisted: Readonly<Partial<Record<AuditCheck, number>>>
}>

type Span = readonly [leastId: string, from: string]

/**
 * Checks the ledger against itself, in one snapshot, so that work in progress is not taken for a fault.
 *
 * @param since looks at mails planned from then on, by the database's clock; null for all
 */
export async function auditLedger(db: Database, since: Date | null): Promise<Audit> {
  const span: Span =
    since === null ? [idFrom(0), '-infinity'] : [idFrom(since.getTime() - CLOCKS_OFF_BY_MS), since.toISOString()]
  return db.$transaction(
    async (tx) => {
      const at = await databaseNow(tx)
      const findings: AuditFinding[] = []
      const unlisted: Partial<Record<AuditCheck, number>> = {}
      for (const check of Object.keys(AUDIT_CHECKS) as AuditCheck[]) {
        const rows = await findDiscrepancies(tx, check, span)
        findings.push(...rows.map(({ total: _, ...found }) => ({ check, ...found })))
        const total = rows[0]?.total ?? 0
        if (total > rows.length) unlisted[check] = total - rows.length
      }
      return { at, counts: await countLookedAt(tx, span), findings, unlisted }
    },
    { isolationLevel: 'RepeatableRead', timeout: AUDIT_TIMEOUT_MS, maxWait: AUDIT_TIMEOUT_MS },
  )
}

type Found = Discrepancy & Readonly<{ total: number }>

async function findDiscrepancies(tx: Transaction, check: AuditCheck, span: Span): Promise<readonly Found[]> {
  const rows = await tx.$queryRawUnsafe<{ found: Partial<Discrepancy>; total: number }[]>(
    `SELECT to_jsonb(found) AS found, count(*) OVER ()::int AS total
       FROM (${CHECK_STATEMENTS[check]}) AS found
      ORDER BY found::text LIMIT ${MOST_OF_A_CHECK}`,
    ...span,
  )
  const nothing = { sweep: null, mail: null, grant: null, stage: null, other: null }
  return rows.map(({ found, total }) => ({ ...nothing, ...found, total }))
}

async function countLookedAt(tx: Transaction, span: Span): Promise<AuditCounts> {
  const [counts] = await tx.$queryRawUnsafe<AuditCounts[]>(
    `SELECT (SELECT count(*) FROM reminders.sweeps WHERE started_at >= $2::timestamptz)::int AS sweeps,
            count(*)::int AS mails,
            (SELECT count(*) FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id WHERE ${IN_SPAN})::int AS notices,
            (SELECT count(*) FROM reminders.mails m JOIN reminders.attempts a ON a.mail_id = m.id WHERE ${IN_SPAN})::int AS attempts,
            (count(*) FILTER (WHERE m.uncertain))::int AS uncertain
       FROM reminders.mails m WHERE ${IN_SPAN}`,
    ...span,
  )
  return counts ?? { sweeps: 0, mails: 0, notices: 0, attempts: 0, uncertain: 0 }
}

/** The least id of version 7 that is made at an instant or later (RFC 9562, 5.7). */
function idFrom(ms: number): string {
  const time = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}
