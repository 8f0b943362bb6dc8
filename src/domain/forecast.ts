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
/** Amounts are counted in this part of their last digit: a pace by 28 days is then a whole number each millisecond. */
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
 * The least steady use a day, in the last digit of the scale, by which nothing of the targets is lost; null where one
 * of them ends within a day.
 */
function leastPerDay(targets: readonly Pot[], { pots, fromMs }: Purse): bigint | null {
  if (targets.some(({ startMs, endMs }) => endMs - Math.max(startMs, fromMs) < MS_PER_DAY)) return null
  // What is spent after the last of them makes no difference to any.
  const last = Math.max(...targets.map((target) => pots.indexOf(target)))
  const useAt = (perDay: bigint, count: number, untilMs: number) =>
    spend(pots.slice(0, count), { perMs: perDay * BigInt(PACE_DAYS), fromMs, untilMs })
  const missedAt = (perDay: bigint) => {
    const used = useAt(perDay, last + 1, lastEndOf(targets, { fromMs }))
    return targets.filter(({ id, amount }) => used.get(id) !== amount)
  }
  // More use leaves no less of what is spent before a target used by its end; that and the target itself have to be.
  const atLeast = (perDay: bigint, target: Pot) => {
    let toUse = target.amount
    for (const [, used] of useAt(perDay, pots.indexOf(target), target.endMs)) toUse += used
    return divideUp(toUse, BigInt(PACE_DAYS) * BigInt(target.endMs - fromMs))
  }
  return leastEnough(missedAt, atLeast)
}

/** So often a bound is raised before the rest is searched: enough where nothing begins or expires on the way. */
const MOST_RAISES = 8

/**
 * The least use that misses no target.
 *
 * It begins with a use that is too little, and raises it to what it shows to be needed: such a bound, once it is
 * enough, is the least. Where that comes to no end soon, the rest is halved. More use never leaves more of a grant
 * over, because whatever comes before it is done sooner, and it is used for longer.
 */
function leastEnough(missedAt: (use: bigint) => readonly Pot[], atLeast: (use: bigint, target: Pot) => bigint): bigint {
  let tooLittle = 0n
  let missed = missedAt(tooLittle)
  for (let raises = 0; raises < MOST_RAISES; raises++) {
    // Commonly the first or the last of them needs the most.
    let bound = tooLittle
    for (const target of new Set([...missed.slice(0, 1), ...missed.slice(-1)])) {
      const needed = atLeast(tooLittle, target)
      if (needed > bound) bound = needed
    }
    if (bound === tooLittle) break
    missed = missedAt(bound)
    if (missed.length === 0) return bound
    tooLittle = bound
  }
  let step = 1n
  for (; missedAt(tooLittle + step).length > 0; step *= 2n) tooLittle += step
  let enough = tooLittle + step
  while (enough - tooLittle > 1n) {
    const middle = (enough + tooLittle) / 2n
    if (missedAt(middle).length === 0) enough = middle
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
