import { momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { UsageError } from '../errors.ts'
import { readRemovedBefore } from './clearings.ts'
import type { Transaction } from './database.ts'
import { databaseNow } from './sweep-ledger.ts'

/**
 * Lets nobody send who looks back further than the ledger remembers: where `expiredWithin` was made longer after a shorter
 * `retention` had removed what people were told, they would be told again.
 *
 * @throws UsageError with one line
 */
export async function requireRemembered(tx: Transaction, rules: Rules): Promise<void> {
  const removedBefore = await readRemovedBefore(tx)
  if (removedBefore === null) return
  const now = await databaseNow(tx)
  if (momentAt(rules, now).reach.from >= removedBefore) return
  throw new UsageError(
    `expiredWithin (${rules.expiredWithin.text}) looks back beyond ${removedBefore.toISOString()}, before which retention removed what people were told: they would be told twice; make expiredWithin shorter`,
  )
}
