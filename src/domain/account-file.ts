import type { GrantAtStake } from './grant.ts'
import type { Account, Contact, CreditGrant, Decimal, UnreadableGrant } from './model.ts'
import type { Moment } from './reach.ts'
import type { LedgerNotice } from './told.ts'

/** All that the planner has to know of one account. */
export type AccountFile = Readonly<{
  accountId: string
  account: Account | null
  contacts: readonly Contact[]
  grants: readonly (CreditGrant | UnreadableGrant)[]
  /** The ledger's notices of these grants, dropped ones left out. */
  told: readonly LedgerNotice[]
  /** What else the account has, and how fast it uses it; absent where nobody asked. */
  holdings?: Holdings | undefined
  /** What its people were told of grants that are still to expire; absent where nobody asked. */
  announced?: Announced | undefined
}>

/** Grants whose expiry somebody was told of and is still ahead, as they stand now, and all notices of them. */
export type Announced = Readonly<{
  /** Those that are gone are not among them. */
  grants: readonly (CreditGrant | UnreadableGrant)[]
  told: readonly LedgerNotice[]
}>

/** What an account has and uses, beyond the grants that are looked at. */
export type Holdings = Readonly<{
  /** Its grants that are, or may come to be, worth anything; those that cannot be understood are left out. */
  grants: readonly CreditGrant[]
  /** By unit, what was used in the last 28 whole days, corrections set off. A unit of which nothing is known is not in it. */
  usage: ReadonlyMap<string, Decimal>
}>

/** What holds for a whole sweep. */
export type PlanContext = Readonly<{
  moment: Moment
  /** Languages that mails can be written in. */
  locales: readonly string[]
  /** How many mails a normalised address had in the last 24 hours, those planned earlier in this sweep included. */
  mailsToday: (address: string) => number
}>

/** A grant with something at stake for somebody. */
export type Candidate = Readonly<{ grant: CreditGrant; stake: GrantAtStake }>
