import Big from 'big.js'
import type { Rules } from './rules.ts'

/** Up to so many mails a sweep is compared with nothing: a small base is not held for being small. */
const COMPARED_ABOVE_MAILS = 100
/** A median of fewer says nothing of what is usual. */
const SWEEPS_FOR_A_MEDIAN = 5

/** How much a sweep plans. */
export type SweepSize = Readonly<{
  emails: number
  /** Addresses, each counted once, that would be told that credits are gone. */
  goneAddresses: number
}>

/** The mails of earlier sweeps that planned any and were let go out: held ones that nobody approved tell of no usual day. */
export type RecentSweeps = Readonly<{
  /** Of each of the latest. */
  latest: readonly number[]
  /** Of the largest one of each of the latest days that had one. */
  largestOfDays: readonly number[]
}>

/** What a sweep is compared with. */
export type Yardsticks = Readonly<{
  recent: RecentSweeps
  /** All addresses that receive billing mail; null where they were not counted, because no limit asks for them. */
  addresses: number | null
}>

type Limits = Pick<Rules, 'maxEmailsPerSweep' | 'maxGrowth' | 'maxGoneShare'>

/** Why a sweep is held for a person's decision, by every limit that it is above (rule R9); null where it may go out. */
export function reasonToHold(size: SweepSize, yardsticks: Yardsticks, rules: Limits): string | null {
  const reasons = [
    aboveMaximum(size, rules),
    aboveGrowth(size, yardsticks.recent, rules),
    aboveShare(size, yardsticks.addresses, rules),
  ].filter((reason) => reason !== null)
  return reasons.length === 0 ? null : reasons.join('; ')
}

/** Whether the recent sweeps can make a difference. */
export function asksForRecentSweeps({ emails }: SweepSize, { maxGrowth }: Limits): boolean {
  return emails > COMPARED_ABOVE_MAILS && maxGrowth !== null
}

/**
 * With so many addresses in all, those that would be told of an end are not too large a share; null where that limit asks
 * for no count. `Infinity` where no number of addresses would be enough.
 */
export function sufficientAddresses({ emails, goneAddresses }: SweepSize, { maxGoneShare }: Limits): number | null {
  if (emails <= COMPARED_ABOVE_MAILS || maxGoneShare === null || goneAddresses === 0) return null
  if (maxGoneShare === 0) return Number.POSITIVE_INFINITY
  return new Big(goneAddresses).div(maxGoneShare).round(0, Big.roundUp).toNumber()
}

function aboveMaximum({ emails }: SweepSize, { maxEmailsPerSweep }: Limits): string | null {
  if (emails <= maxEmailsPerSweep) return null
  return `${emails} mails planned, more than maxEmailsPerSweep (${maxEmailsPerSweep})`
}

/**
 * Two medians, of which the higher counts. Where readers live in many zones, most sweeps of a day are small, and the one
 * at which the largest zone's morning comes would tower over their median every day; but not over that of the days'
 * largest sweeps.
 */
function aboveGrowth(size: SweepSize, { latest, largestOfDays }: RecentSweeps, rules: Limits): string | null {
  const { maxGrowth } = rules
  const ofLatest = medianOf(latest)
  if (maxGrowth === null || ofLatest === null || !asksForRecentSweeps(size, rules)) return null
  const ofDays = medianOf(largestOfDays) ?? ofLatest
  const isByDay = ofDays.gt(ofLatest)
  const median = isByDay ? ofDays : ofLatest
  const whose = isByDay ? "the recent days' largest sweeps" : 'the recent sweeps'
  if (median.times(maxGrowth).gte(size.emails)) return null
  return `${size.emails} mails planned, more than maxGrowth (${maxGrowth}) times the median of ${whose} (${median})`
}

function aboveShare(size: SweepSize, addresses: number | null, rules: Limits): string | null {
  const { goneAddresses } = size
  const enough = sufficientAddresses(size, rules)
  if (addresses === null || enough === null || addresses >= enough) return null
  return `${goneAddresses} of ${addresses} addresses would be told that credits are gone, more than maxGoneShare (${rules.maxGoneShare})`
}

/** The middle one, or what lies halfway between the two in the middle; null of too few. */
function medianOf(numbers: readonly number[]): Big | null {
  if (numbers.length < SWEEPS_FOR_A_MEDIAN) return null
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return new Big(sorted[Math.floor(middle)] ?? 0).plus(sorted[Math.ceil(middle)] ?? 0).div(2)
}
