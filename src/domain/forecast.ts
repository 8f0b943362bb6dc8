import type { AccountFile } from './account-file.ts'
import { fromWholeNumber, scaleOf, toWholeNumber } from './amount.ts'
import { type SpendableGrant, spendableGrants } from './holdings.ts'
import type { UnitForecast } from './outlook.ts'
import type { Moment } from './reach.ts'
import { type Pot, spend } from './spending.ts'
import { MS_PER_DAY } from './zone.ts'

/** The pace is that of so many whole days before today, by the calendar of UTC (rule R13). */
export const PACE_DAYS = 28
/** Amounts are forecast to so many digits more than they have themselves. */
const MORE_DIGITS = 6
/** Amounts are counted in this part of their last digit: then a pace by 28 days is a whole number for each millisecond. */
const PARTS = BigInt(PACE_DAYS) * BigInt(MS_PER_DAY)

/** What can be spent of one unit, and how fast it is; amounts in `PARTS` of the `scale`-th digit. */
type Purse = Readonly<{ pots: readonly Pot[]; perMs: bigint; scale: number; fromMs: number }>

/**
 * What becomes of the credits that a mail speaks of if the account goes on as in the last 28 days (rule R13), for each
 * of their units whose usage is known, in the order given.
 *
 * @param units the grants of each unit that the mail speaks of; one that is not to be spent any more has no part in it
 */
export function forecastUnits(
  units: ReadonlyMap<string, readonly string[]>,
  file: AccountFile,
  moment: Moment,
): readonly UnitForecast[] {
  if (file.holdings === undefined || file.holdings.usage.size === 0) return []
  const spendable = spendableGrants(file, moment)
  return [...units].flatMap(([unit, grantIds]) => {
    const purse = purseOf(unit, spendable, file, moment)
    const targets = purse?.pots.filter(({ id, endMs }) => grantIds.includes(id) && Number.isFinite(endMs)) ?? []
    return purse === null || targets.length === 0 ? [] : [forecastUnit(unit, targets, purse)]
  })
}

/** Of the grants looked at, those that will be used to the end before they expire, at the pace of the last 28 days. */
export function usedUpInTime(file: AccountFile, moment: Moment): ReadonlySet<string> {
  const usedUp = new Set<string>()
  if (file.holdings === undefined || file.holdings.usage.size === 0) return usedUp
  const spendable = spendableGrants(file, moment)
  for (const unit of new Set(file.grants.flatMap((grant) => ('fault' in grant ? [] : [grant.unit])))) {
    const purse = purseOf(unit, spendable, file, moment)
    if (purse === null) continue
    const used = spend(purse.pots, { ...purse, untilMs: lastEndOf(purse.pots, purse) })
    for (const { id, amount } of purse.pots) if (used.get(id) === amount) usedUp.add(id)
  }
  return usedUp
}

/** Null where the usage of the unit is not known. */
function purseOf(
  unit: string,
  spendable: readonly SpendableGrant[],
  { holdings }: AccountFile,
  { now }: Moment,
): Purse | null {
  const usage = holdings?.usage.get(unit)
  if (usage === undefined) return null
  const ofUnit = spendable.filter(({ grant }) => grant.unit === unit)
  const scale = MORE_DIGITS + Math.max(scaleOf(usage), ...ofUnit.map(({ grant }) => scaleOf(grant.remaining)))
  const perMs = toWholeNumber(usage, scale)
  return {
    pots: ofUnit.map(({ grant, startMs, endMs }) => ({
      id: grant.id,
      startMs,
      endMs,
      amount: toWholeNumber(grant.remaining, scale) * PARTS,
    })),
    // Where corrections outweigh all use, nothing is used; credits do not come back by time.
    perMs: perMs > 0n ? perMs : 0n,
    scale,
    fromMs: now.getTime(),
  }
}

function forecastUnit(unit: string, targets: readonly Pot[], purse: Purse): UnitForecast {
  const stake = targets.reduce((sum, { amount }) => sum + amount, 0n)
  const usedOf = spend(purse.pots, { ...purse, untilMs: lastEndOf(targets, purse) })
  // Cut off, so that nothing seems used up of which a part is lost.
  const used = targets.reduce((sum, { id }) => sum + (usedOf.get(id) ?? 0n), 0n) / PARTS
  const perDay = leastPerDay(targets, purse)
  return {
    unit,
    used: fromWholeNumber(used, purse.scale),
    lost: fromWholeNumber(stake / PARTS - used, purse.scale),
    perDay: perDay === null ? null : fromWholeNumber(perDay, purse.scale),
    ...(used === 0n && purse.perMs > 0n && { othersFirst: true }),
  }
}

/**
 * The least steady use a day, in the last digit of the scale, by which nothing of the targets is lost; null where one of
 * them ends within a day.
 *
 * More use never leaves more of a grant over: whatever comes before it is done sooner, and it is used for longer. So the
 * least use can be searched for between one that is too little and one that is enough.
 */
function leastPerDay(targets: readonly Pot[], { pots, fromMs }: Purse): bigint | null {
  if (targets.some(({ startMs, endMs }) => endMs - Math.max(startMs, fromMs) < MS_PER_DAY)) return null
  const last = Math.max(...targets.map((target) => pots.indexOf(target)))
  const untilMs = lastEndOf(targets, { fromMs })
  const [wholeDay, paceDays] = [BigInt(MS_PER_DAY), BigInt(PACE_DAYS)]
  const isEnough = (perDay: bigint): boolean => {
    const used = spend(pots.slice(0, last + 1), { perMs: perDay * paceDays, fromMs, untilMs })
    return targets.every(({ id, amount }) => used.get(id) === amount)
  }
  // Each alone needs as much, if nothing had to be spent before it.
  const alone = targets.map(({ startMs, endMs, amount }) =>
    divideUp(amount * wholeDay, BigInt(endMs - Math.max(startMs, fromMs)) * PARTS),
  )
  let enough = 1n
  for (const each of alone) if (each > enough) enough = each
  let tooLittle = enough - 1n
  while (!isEnough(enough)) [tooLittle, enough] = [enough, enough * 2n]
  while (enough - tooLittle > 1n) {
    const middle = (enough + tooLittle) / 2n
    if (isEnough(middle)) enough = middle
    else tooLittle = middle
  }
  return enough
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

/** The last end that there is, or no time at all: what never ends has no end to be in time for. */
function lastEndOf(pots: readonly Pot[], { fromMs }: Pick<Purse, 'fromMs'>): number {
  return Math.max(fromMs, ...pots.map(({ endMs }) => endMs).filter(Number.isFinite))
}
