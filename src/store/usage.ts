import { inPlainNotation, isDecimal } from '../domain/amount.ts'
import { PACE_DAYS } from '../domain/forecast.ts'
import type { Decimal } from '../domain/model.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import { MAX_DIGITS } from './billing-rows.ts'
import { readBillingShape } from './billing-shape.ts'
import type { Transaction } from './database.ts'
import { readBillingRights, USAGE_RELATION } from './rights.ts'

/** By account and unit, what was used in the last 28 whole days; what nothing is known of is not in it. */
export type Usage = ReadonlyMap<string, ReadonlyMap<string, Decimal>>

/** The units of accounts that usage is asked for. */
export type AskedUnits = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Whoever used nothing for 28 days, but something before, uses nothing any more; of whoever used nothing for so long
 * before, it is not known whether usage is recorded at all. It also bounds what is read.
 */
const LOOK_BACK_DAYS = 365

/** Whether there is usage to read: the relation is optional, and so is the right to read it. */
export async function canReadUsage(tx: Transaction): Promise<boolean> {
  const shape = (await readBillingShape(tx)).find(({ relation }) => relation === USAGE_RELATION)
  if (shape === undefined || shape.kind === null || shape.missing.length + shape.wrong.length > 0) return false
  return (await readBillingRights(tx)).some(({ relation, read }) => relation === USAGE_RELATION && read)
}

/** What was used of the units in the last 28 whole days before `now`, by the calendar of UTC (rule R13). */
export async function readUsage(tx: Transaction, asked: AskedUnits, now: Date): Promise<Usage> {
  const today = Math.floor(now.getTime() / MS_PER_DAY)
  const usage = new Map<string, Map<string, Decimal>>()
  const found = new Map<string, Set<string>>()
  for (const { accountId, unit, used } of await readSums(tx, [...asked.keys()], today)) {
    found.set(accountId, (found.get(accountId) ?? new Set()).add(unit))
    // A sum that is no number, or that nobody could show, says nothing.
    if (isDecimal(used) && inPlainNotation(used).length <= MAX_DIGITS) put(usage, accountId, unit, used)
  }
  const missing = [...asked].flatMap(([accountId, units]) =>
    [...units].every((unit) => found.get(accountId)?.has(unit)) ? [] : [accountId],
  )
  if (missing.length === 0) return usage
  for (const { accountId, unit } of await readEarlierUnits(tx, missing, today)) {
    if (!found.get(accountId)?.has(unit)) put(usage, accountId, unit, '0')
  }
  return usage
}

function put(usage: Map<string, Map<string, Decimal>>, accountId: string, unit: string, used: Decimal): void {
  usage.set(accountId, (usage.get(accountId) ?? new Map()).set(unit, used))
}

type UnitOfAccount = Readonly<{ accountId: string; unit: string }>

/** @param today days since 1970 */
function readSums(
  tx: Transaction,
  accountIds: readonly string[],
  today: number,
): Promise<readonly (UnitOfAccount & Readonly<{ used: string }>)[]> {
  return tx.$queryRawUnsafe(
    `SELECT account_id::text AS "accountId", unit::text AS unit, coalesce(sum(amount), 0)::text AS used
       FROM billing.credit_usage
      WHERE account_id = ANY($1::text[]) AND unit IS NOT NULL AND day >= $2::date AND day < $3::date
      GROUP BY account_id, unit`,
    accountIds,
    dateOf(today - PACE_DAYS),
    dateOf(today),
  )
}

/** The units of which something was used before the last 28 days, and not too long before. */
function readEarlierUnits(
  tx: Transaction,
  accountIds: readonly string[],
  today: number,
): Promise<readonly UnitOfAccount[]> {
  return tx.$queryRawUnsafe(
    `SELECT DISTINCT account_id::text AS "accountId", unit::text AS unit
       FROM billing.credit_usage
      WHERE account_id = ANY($1::text[]) AND unit IS NOT NULL AND day >= $2::date AND day < $3::date`,
    accountIds,
    dateOf(today - LOOK_BACK_DAYS),
    dateOf(today - PACE_DAYS),
  )
}

function dateOf(days: number): string {
  return new Date(days * MS_PER_DAY).toISOString().slice(0, 'yyyy-mm-dd'.length)
}
