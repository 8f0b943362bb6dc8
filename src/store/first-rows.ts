import type { AccountFile } from '../domain/account-file.ts'
import type { Moment } from '../domain/reach.ts'
import { toContact } from './billing-rows.ts'
import { readGrants } from './candidates.ts'
import { readContactRows } from './contact-rows.ts'
import type { Database, Transaction } from './database.ts'
import { isTimedOut } from './database-fault.ts'
import { candidateWindows } from './windows.ts'

/** Beginning and ending the transaction takes time of its own. */
const SLACK_MS = 5000

/**
 * A few grants with their accounts and contacts, as a database shows them that has no ledger yet: of each sort that
 * which expires next, or else expired last; where none is within reach, any. Null where finding them takes too long.
 *
 * @param limits how many grants, and how long each question may take
 */
export async function readFirstRows(
  db: Database,
  moment: Moment,
  limits: Readonly<{ grants: number; ms: number }>,
): Promise<readonly AccountFile[] | null> {
  try {
    return await db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${limits.ms}`)
        const near = await idsWithinReach(tx, moment, limits.grants)
        const ids = near.length > 0 ? near : await anyIds(tx, limits.grants)
        const candidates = await readGrants(tx, ids)
        const rows = await readContactRows(
          tx,
          candidates.map(({ accountId }) => accountId),
        )
        const contactsOf = Map.groupBy(rows, ({ accountId }) => accountId)
        return candidates.map((each) => ({
          ...each,
          contacts: (contactsOf.get(each.accountId) ?? []).map((row) => toContact(row, NOTHING_KEPT)),
          told: [],
        }))
      },
      { timeout: QUESTIONS * limits.ms + SLACK_MS },
    )
  } catch (error) {
    if (isTimedOut(error)) return null
    throw error
  }
}

/** What only the ledger knows. */
const NOTHING_KEPT = { optedOut: null, suppressed: null }
const QUESTIONS = 4

type IdRow = Readonly<{ id: string }>

/** One of each sort before a second one of any: of grants that are all alike, one would tell as much. */
async function idsWithinReach(tx: Transaction, moment: Moment, count: number): Promise<readonly string[]> {
  const { sql, values } = candidateWindows(moment, [])
  const now = `$${values.length + 1}::timestamptz`
  const nearness = `expires_at < ${now}, abs(extract(epoch FROM expires_at - ${now})), id`
  const rows = await tx.$queryRawUnsafe<IdRow[]>(
    `SELECT id FROM (
       SELECT id, expires_at,
              row_number() OVER (PARTITION BY kind, unit, voided_at IS NULL, expires_at < ${now} ORDER BY ${nearness}) AS number
         FROM (${sql}) g WHERE id IS NOT NULL) sorts
      ORDER BY number, ${nearness} LIMIT ${count}`,
    ...values,
    moment.now.toISOString(),
  )
  return rows.map(({ id }) => id)
}

async function anyIds(tx: Transaction, count: number): Promise<readonly string[]> {
  const rows = await tx.$queryRawUnsafe<IdRow[]>(
    `SELECT id FROM billing.credit_grants WHERE id IS NOT NULL LIMIT ${count}`,
  )
  return rows.map(({ id }) => id)
}
