/**
 * The sorts of mail: an advance warning; "your credits are gone"; and the good news that an expiry, of which the person
 * had been told, has moved to later.
 */
export const CATEGORIES = ['warning', 'expired', 'correction'] as const
export type Category = (typeof CATEGORIES)[number]

/** A rung as the policy writes it (`P7D`), or `expired`, or `correction`. */
export type Stage = string

/** The stage of the notice that follows the expiry. */
export const EXPIRED_STAGE = 'expired'

/** The stage of the notice that an expiry, of which the person was told otherwise, has moved to later. */
export const CORRECTION_STAGE = 'correction'

/** A decimal number as text, exactly as the database holds it (`18.00`). Never a float. */
export type Decimal = string

/** A credit grant as the billing database holds it. Instants are exact to the millisecond. */
export type CreditGrant = Readonly<{
  id: string
  accountId: string
  /** `purchased`, `promotional`, or the company's own. */
  kind: string
  name: string | null
  /** ISO 4217 code, or a unit of the company's such as `credits`. */
  unit: string
  amount: Decimal
  remaining: Decimal
  /** Lower is spent first. */
  priority: number
  grantedAt: Date
  effectiveAt: Date | null
  /** The expiry that the ledger states; null where it states none (the policy's validity may give one). */
  expiresAt: Date | 'never' | null
  voidedAt: Date | null
  /** What the ledger wrote off at expiry, where it zeroes `remaining`. */
  expiredAmount: Decimal | null
}>

/** A row that cannot be understood, kept so that it is reported and stops nobody else's mail. */
export type UnreadableGrant = Readonly<{ id: string; accountId: string; fault: string }>

export type Account = Readonly<{
  id: string
  name: string
  timeZone: string | null
  locale: string | null
  closedAt: Date | null
}>

/**
 * What is kept away from a person, who asked for it or whose address is on the suppression list: all mail, or warnings
 * (and corrections of them) while the final notice still goes.
 */
export const SUPPRESSION_SCOPES = ['all', 'warnings'] as const
export type SuppressionScope = (typeof SUPPRESSION_SCOPES)[number]

export type Contact = Readonly<{
  id: string
  accountId: string
  email: string
  name: string | null
  locale: string | null
  timeZone: string | null
  receivesBillingEmail: boolean
  /** What the person asked not to be sent any more; null: nothing. */
  optedOut: SuppressionScope | null
  /** What is kept from the address, mail to it being known to fail or unwanted; null: nothing. */
  suppressed: SuppressionScope | null
}>
