import { compareDecimals } from './amount.ts'
import type { Account, Category, CreditGrant, Decimal } from './model.ts'
import type { Moment } from './reach.ts'
import type { SkipReason } from './reasons.ts'
import { policyFor, type Rules } from './rules.ts'
import { addInZone, isTimeZone } from './zone.ts'

/** A grant that somebody may have to be told of: what is at stake, and when it goes or went. */
export type GrantAtStake = Readonly<{ category: Category; startsAt: Date; expiresAt: Date; atStake: Decimal }>

/** The zone of an account's calendar: its own where it names a known one, or else the rules'. */
export function accountZone(account: Account | null, rules: Rules): string {
  return account?.timeZone != null && isTimeZone(account.timeZone) ? account.timeZone : rules.timeZone
}

/** The instant at which a grant's life begins (rule R1). */
export function startOf(grant: CreditGrant): Date {
  return grant.effectiveAt ?? grant.grantedAt
}

/**
 * The instant at which a grant expires, or null where it never does (rule R1): the stated one, or else the grant date
 * plus the policy's validity in the calendar of `zone`, clamped to the month's end (29 February + P1Y = 28 February).
 */
export function expiryOf(grant: CreditGrant, rules: Rules, zone: string): Date | null {
  if (grant.expiresAt === 'never') return null
  if (grant.expiresAt !== null) return grant.expiresAt
  const { validity } = policyFor(rules, grant.kind)
  return validity === null ? null : addInZone(grant.grantedAt, validity.parts, zone)
}

/**
 * What is at stake in a grant at `now`, for whoever is to be told; or the reason why nobody is (rules R1, R4, R6).
 * The expiry instant itself is already outside the grant's life.
 */
export function appraiseGrant(input: {
  grant: CreditGrant
  account: Account | null
  moment: Moment
}): GrantAtStake | SkipReason {
  const { grant, account } = input
  const { rules, now, reach } = input.moment
  if (account === null) return 'no-account'
  if (account.closedAt !== null && account.closedAt <= now) return 'account-closed'
  if (grant.voidedAt !== null && grant.voidedAt <= now) return 'voided'
  const expiresAt = expiryOf(grant, rules, accountZone(account, rules))
  if (expiresAt === null) return 'never-expires'
  const startsAt = startOf(grant)
  if (expiresAt <= startsAt) return 'expires-before-start'
  if (now < startsAt) return 'not-yet-effective'

  const expired = expiresAt <= now
  if (expired && expiresAt < reach.from) return 'expired-too-long-ago'
  if (expired && !policyFor(rules, grant.kind).notifyExpired) return 'expired-notice-off'
  const category = expired ? 'expired' : 'warning'
  const atStake = stakeIn(grant, category)
  if (compareDecimals(atStake, '0') <= 0) return 'nothing-remaining'
  if (isBelowMinimum(atStake, grant.unit, rules)) return 'below-minimum'
  return { category, startsAt, expiresAt, atStake }
}

/** True for less than is worth a mail (rule R4): what `minimumRemaining` states for the unit, if it does, is worth one. */
export function isBelowMinimum(amount: Decimal, unit: string, { minimumRemaining }: Rules): boolean {
  const minimum = Object.hasOwn(minimumRemaining, unit) ? minimumRemaining[unit] : undefined
  return minimum !== undefined && compareDecimals(amount, minimum) < 0
}

/** What a mail of a category says is at stake: what is left; or what was lost, which the ledger may have noted apart (rule R6). */
export function stakeIn(grant: CreditGrant, category: Category): Decimal {
  return category === 'expired' ? (grant.expiredAmount ?? grant.remaining) : grant.remaining
}
