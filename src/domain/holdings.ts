import type { AccountFile } from './account-file.ts'
import { compareDecimals } from './amount.ts'
import { accountZone, expiryOf, startOf } from './grant.ts'
import type { CreditGrant } from './model.ts'
import { byCodeUnit } from './order.ts'
import type { Moment } from './reach.ts'

/** A grant with something left, and when that can be spent: from its start on, before its end; in ms since 1970. */
export type SpendableGrant = Readonly<{
  grant: CreditGrant
  startMs: number
  /** Its expiry, or when it is voided if that is earlier; infinite where it never ends. */
  endMs: number
  /** As the calendar of its account has it, to be told; null where it never expires. */
  expiresAt: Date | null
}>

/**
 * All that an account has left to spend, now or later (rule R1), in the order in which it is spent (rule R13): by
 * priority, then the earlier expiry, then the earlier grant, and last by id, so that the order is always the same.
 */
export function spendableGrants(file: AccountFile, { rules, now }: Moment): readonly SpendableGrant[] {
  const zone = accountZone(file.account, rules)
  // What is looked at was read with its faults, and counts as it was read there.
  const lookedAt = new Set(file.grants.map(({ id }) => id))
  const beside = (file.holdings?.grants ?? []).filter(({ id }) => !lookedAt.has(id))
  const readable = file.grants.flatMap((grant) => ('fault' in grant ? [] : [grant]))
  return [...readable, ...beside]
    .flatMap((grant): SpendableGrant[] => {
      const expiresAt = expiryOf(grant, rules, zone)
      const startMs = startOf(grant).getTime()
      const endMs = Math.min(expiresAt?.getTime() ?? Infinity, grant.voidedAt?.getTime() ?? Infinity)
      const isOver = endMs <= now.getTime() || endMs <= startMs
      return isOver || compareDecimals(grant.remaining, '0') <= 0 ? [] : [{ grant, startMs, endMs, expiresAt }]
    })
    .toSorted(inSpendingOrder)
}

function inSpendingOrder(a: SpendableGrant, b: SpendableGrant): number {
  return (
    a.grant.priority - b.grant.priority ||
    byExpiry(a.expiresAt, b.expiresAt) ||
    a.grant.grantedAt.getTime() - b.grant.grantedAt.getTime() ||
    byCodeUnit(a.grant.id, b.grant.id)
  )
}

/** Earlier first, and never last of all. */
function byExpiry(a: Date | null, b: Date | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a.getTime() - b.getTime()
}
