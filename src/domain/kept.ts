import type { AccountFile } from './account-file.ts'
import { sumDecimals } from './amount.ts'
import { isBelowMinimum } from './grant.ts'
import { type SpendableGrant, spendableGrants } from './holdings.ts'
import { byCodeUnit } from './order.ts'
import type { Kept } from './outlook.ts'
import type { Moment } from './reach.ts'

/**
 * What an account can use now beside the grants of a mail, by unit: those of the mail first, in their order, then the
 * others by name. A grant below `minimumRemaining` does not count: nobody would be told of its end either (rule R4).
 *
 * @param units the grants of each unit that the mail speaks of
 */
export function keptBeside(
  units: ReadonlyMap<string, readonly string[]>,
  file: AccountFile,
  moment: Moment,
): readonly Kept[] {
  if (file.holdings === undefined) return []
  const inMail = new Set([...units.values()].flat())
  const kept = spendableGrants(file, moment).filter(
    ({ grant, startMs }) =>
      startMs <= moment.now.getTime() &&
      !inMail.has(grant.id) &&
      !isBelowMinimum(grant.remaining, grant.unit, moment.rules),
  )
  const byUnit = Map.groupBy(kept, ({ grant }) => grant.unit)
  const others = [...byUnit.keys()].filter((unit) => !units.has(unit)).toSorted(byCodeUnit)
  return [...units.keys(), ...others].flatMap((unit) => keptOf(unit, byUnit.get(unit) ?? []))
}

function keptOf(unit: string, grants: readonly SpendableGrant[]): readonly Kept[] {
  if (grants.length === 0) return []
  const expiries = grants.flatMap(({ expiresAt }) => expiresAt?.getTime() ?? [])
  return [
    {
      unit,
      amount: sumDecimals(grants.map(({ grant }) => grant.remaining)),
      nextExpiry: expiries.length === 0 ? null : new Date(Math.min(...expiries)),
    },
  ]
}
