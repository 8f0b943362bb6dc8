import type { Decimal } from './model.ts'

/** What becomes of the credits of one unit that a mail speaks of, if they are used as in the last 28 days. */
export type UnitForecast = Readonly<{
  unit: string
  /** Of the amount at stake, what will have been used by its expiry. */
  used: Decimal
  /** The rest of it. */
  lost: Decimal
  /** How much a day would use all of it in time; null where no whole day is left. */
  perDay: Decimal | null
  /** None of it is used although something of the unit is: all of that goes to credits that are spent before. */
  othersFirst?: boolean
}>

/** What a person keeps beside the credits that a mail speaks of. */
export type Kept = Readonly<{
  unit: string
  amount: Decimal
  /** When the next of it expires; null: never, as far as is known. */
  nextExpiry: Date | null
}>

/** What a reader wants to know beside what is about to expire: by unit, in the order of the mail's lines. */
export type Outlook = Readonly<{
  /** Of the units whose usage is known. */
  forecasts: readonly UnitForecast[]
  kept: readonly Kept[]
}>

export const NO_OUTLOOK: Outlook = { forecasts: [], kept: [] }
