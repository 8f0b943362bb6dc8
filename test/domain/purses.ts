import type { AccountFile } from '../../src/domain/account-file.ts'
import { forecastUnits } from '../../src/domain/forecast.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import type { UnitForecast } from '../../src/domain/outlook.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { at, someFile, someGrant, someRules } from './builders.ts'

/** When forecasts of the tests are made: in the middle of a day. */
export const NOW = at('2026-05-25T12:00:00Z')
const DAY_MS = 86_400_000

/** A grant that ends so many days from now; after 1000 days, never. */
export function ending(id: string, days: number, remaining: string, more: Partial<CreditGrant> = {}): CreditGrant {
  const expiresAt = days >= 1000 ? 'never' : new Date(NOW.getTime() + days * DAY_MS)
  return someGrant({ id, remaining, expiresAt, ...more })
}

/** An account with these grants, the first of which is looked at, and what it used of each unit in the last 28 days. */
export function holding(grants: readonly CreditGrant[], usage: Readonly<Record<string, string>>): AccountFile {
  return someFile({ grants: grants.slice(0, 1), holdings: { grants, usage: new Map(Object.entries(usage)) } })
}

/** What is forecast of some of its grants, or of the one that is looked at. */
export function forecastOf(file: AccountFile, ids?: readonly string[]): readonly UnitForecast[] {
  const known = [...file.grants, ...(file.holdings?.grants ?? [])] as readonly CreditGrant[]
  const asked = ids ?? file.grants.map(({ id }) => id)
  const units = new Map<string, string[]>()
  for (const id of asked) {
    const unit = known.find((grant) => grant.id === id)?.unit ?? 'USD'
    units.set(unit, [...(units.get(unit) ?? []), id])
  }
  return forecastUnits(units, file, momentAt(someRules(), NOW))
}
