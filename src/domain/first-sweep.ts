import type { AccountFile } from './account-file.ts'
import { noticesAhead } from './due.ts'
import { startOf } from './grant.ts'
import type { PlannedMail } from './plan-mails.ts'
import type { Moment } from './reach.ts'

/** Older expiries are counted up to this number: enough to see that there is history, and quick on any base. */
export const OLDER_EXPIRIES_COUNTED_TO = 100_000

/** What the first sweep of a new ledger plans, and what of the time before it stays untold. */
export type FirstSweep = Readonly<{
  /** Mails of each category. */
  warnings: number
  finalNotices: number
  /** Addresses that these go to, each counted once. */
  addresses: number
  /** Grants that are told of, of which earlier stages had passed: each of these is told by the latest alone (rule R3). */
  pastEarlierStages: number
  /** Expiries that are no news any more (rule R6); at most `OLDER_EXPIRIES_COUNTED_TO`. */
  olderExpiries: number
  /** How old an expiry may be to be news: the rule. */
  expiredWithin: string
}>

/** The grants in an account's mails of which a stage had come due before the one that is told. */
export function grantsPastEarlierStages(
  { grants }: AccountFile,
  mails: readonly PlannedMail[],
  { rules, now }: Moment,
): readonly string[] {
  const grantOf = new Map(mails.length === 0 ? [] : grants.map((grant) => [grant.id, grant]))
  // What a correction corrects was told by an earlier sweep.
  const ofStages = mails.filter(({ category }) => category !== 'correction')
  return ofStages.flatMap(({ category, timeZone, notices }) =>
    notices.flatMap(({ grantId, stage, expiresAt, amount }) => {
      const grant = grantOf.get(grantId)
      if (grant === undefined || 'fault' in grant) return []
      const stake = { category, startsAt: startOf(grant), expiresAt, atStake: amount }
      const passed = noticesAhead({ grant, stake, timeZone }, rules).filter(({ dueAt }) => dueAt <= now)
      return passed.some((each) => each.stage !== stage) ? [grantId] : []
    }),
  )
}

/** The same in words, a line each: what goes out, and what does not. */
export function describeFirstSweep(first: FirstSweep): readonly string[] {
  const { warnings, finalNotices, addresses, pastEarlierStages, olderExpiries, expiredWithin } = first
  const more = olderExpiries >= OLDER_EXPIRIES_COUNTED_TO ? ' or more' : ''
  const untold = [
    ...(olderExpiries === 0
      ? []
      : [`${count(olderExpiries, 'expiry', 'expiries')}${more} older than expiredWithin (${expiredWithin})`]),
    ...(pastEarlierStages === 0
      ? []
      : [`the earlier stages of ${count(pastEarlierStages, 'grant')}, told by the latest alone`]),
  ]
  const told = `${count(warnings, 'warning')} and ${count(finalNotices, 'final notice')}`
  return [
    `first sweep: ${told} to ${count(addresses, 'address', 'addresses')}`,
    `left alone: ${untold.length === 0 ? 'nothing' : untold.join('; ')}`,
  ]
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
