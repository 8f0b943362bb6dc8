import { type Moment, momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { UsageError } from '../errors.ts'
import { readRemovedBefore } from './clearings.ts'
import type { Transaction } from './database.ts'
import { databaseNow } from './sweep-ledger.ts'

/**
 * Lets nobody begin who looks back further than the ledger remembers, so that they know it before their first sweep.
 *
 * @throws UsageError with one line
 */
export async function requireRememberedNow(tx: Transaction, rules: Rules): Promise<void> {
  await requireRemembered(tx, momentAt(rules, await databaseNow(tx)))
}

/**
 * Lets nobody plan at a moment that looks back further than the ledger remembers. Where `expiredWithin` was made longer
 * after a shorter `retention` had removed what people were told, or `--as-of` goes back to before that, they would be told
 * again.
 *
 * @throws UsageError with one line
 */
export async function requireRemembered(tx: Transaction, moment: Moment): Promise<void> {
  const removedBefore = await readForgottenReach(tx, moment)
  if (removedBefore === null) return
  const { rules, now } = moment
  const lookingBack = `at ${now.toISOString()}, expiredWithin (${rules.expiredWithin.text}) looks back beyond ${removedBefore.toISOString()}`
  const advice = removedBefore < now ? 'make expiredWithin shorter' : 'give a later --as-of, or wait until then'
  throw new UsageError(
    `${lookingBack}, before which retention removed what people were told: they would be told twice; ${advice}`,
  )
}

/** Before when the ledger remembers nothing, where a moment looks back further; else null. */
export async function readForgottenReach(tx: Transaction, { reach }: Moment): Promise<Date | null> {
  const removedBefore = await readRemovedBefore(tx)
  return removedBefore === null || reach.from >= removedBefore ? null : removedBefore
}
