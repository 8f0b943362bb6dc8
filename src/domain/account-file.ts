import type { GrantAtStake } from './grant.ts'
import type { Account, Contact, CreditGrant, UnreadableGrant } from './model.ts'
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
