import type { Category, Decimal } from './model.ts'
import type { PlannedMail, PlannedNotice } from './plan-mails.ts'

/** A mail that a sweep of the period would bring. */
export type SimulatedMail = Omit<PlannedMail, 'deadline' | 'notices'> &
  Readonly<{
    /** The slot of the schedule whose sweep brings it. */
    at: Date
    accountName: string
    /** Whether a sweep before the period had planned it already, and it waited to be sent. */
    waited: boolean
    /** Most urgent first. */
    lines: readonly Omit<PlannedNotice, 'dueAt'>[]
  }>

/** Of the grants of one kind and unit that mails of one category speak of: how many, each counted once, and their sum. */
export type Stake = Readonly<{ category: Category; unit: string; kind: string; grants: number; amount: Decimal }>

/** What the mails of a time come to. */
export type MailTotals = Readonly<{
  emails: number
  byCategory: Readonly<Record<Category, number>>
  /** Each counted once: an address within an account. */
  people: number
  accounts: number
  grants: number
  /** In the order of category, unit and kind. */
  stakes: readonly Stake[]
}>

/** A day of UTC, `2026-11-24`, on which there is a mail. */
export type SimulatedDay = MailTotals & Readonly<{ day: string }>

/** A sweep that the guard would hold for approval (rule R9). It counts as approved at once. */
export type HeldSlot = Readonly<{ at: Date; emails: number; because: string }>

/** What a period comes to under some rules. */
export type SimulatedPeriod = Readonly<{
  /** How many slots of the schedule there are in it. */
  sweeps: number
  totals: MailTotals
  /** In order; a day without a mail is not among them. */
  days: readonly SimulatedDay[]
  /** The first one of those with the most mails. */
  largestDay: SimulatedDay | null
  held: readonly HeldSlot[]
}>

/** Somebody who is warned of grants under some rules, and not under others: neither before the period nor after it. */
export type WarnedPerson = Readonly<{
  accountId: string
  accountName: string
  to: string
  /** The grants concerned, by id. */
  grantIds: readonly string[]
  /** Whether the others warn of no grant at all in the period. */
  ofNothing: boolean
}>

/** How many these are. */
export type WarnedTotals = Readonly<{
  people: number
  /** Of the people, those whom the other rules warn of nothing at all. */
  ofNothing: number
  accounts: number
  /** Each counted once, however many people are concerned. */
  grants: number
  /** How many people beside these the other rules warn of the same grants too, but before the period, or perhaps after it. */
  outsidePeriod: number
}>

export type Comparison = Readonly<{
  /** Warned under the first rules and not under the second. */
  noLongerWarned: WarnedTotals
  /** The other way round. */
  newlyWarned: WarnedTotals
}>

/** Every mail that a period would bring, in figures; the mails themselves are handed over one by one. */
export type Simulation = Readonly<{
  from: Date
  /** Outside already. */
  to: Date
  /** The last sweep of the ledger that is not before the period: what it told counts as told; null where there is none. */
  sweptAlready: Date | null
  period: SimulatedPeriod
  /** The same under the rules to compare with. */
  compared: (SimulatedPeriod & Readonly<{ comparison: Comparison }>) | null
}>
