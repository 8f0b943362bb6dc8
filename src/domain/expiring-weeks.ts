import type { AccountFile } from './account-file.ts'
import { DecimalSum } from './amount.ts'
import { appraiseGrant } from './grant.ts'
import type { Decimal } from './model.ts'
import type { Moment } from './reach.ts'
import { daysBetween, type LocalDate, localDateOf } from './zone.ts'

/** What credits are told apart by: bought, given, or of a kind of the company's own. */
export const KIND_GROUPS = ['purchased', 'promotional', 'other'] as const
export type KindGroup = (typeof KIND_GROUPS)[number]

/** What goes in one week, in one unit. */
export type ExpiringWeek = Readonly<{
  /** Its Monday (ISO 8601). */
  monday: LocalDate
  amounts: Readonly<Record<KindGroup, Decimal>>
}>

/** What goes, week by week, in one unit; weeks in which nothing goes are among them, so that time runs evenly. */
export type ExpiringUnit = Readonly<{ unit: string; grants: number; weeks: readonly ExpiringWeek[] }>

const DAYS_PER_WEEK = 7
/** A Monday, from which weeks are numbered. */
const FIRST_MONDAY: LocalDate = { year: 1970, month: 1, day: 5 }

/**
 * Adds up what expires, or did and is news, by week and kind, in the calendar of the rules' zone: of all grants within
 * reach with something at stake, also those of which somebody was told already, or is yet to be.
 */
export class ExpiringWeeks {
  readonly #units = new Map<string, { grants: number; weeks: Map<number, Sums> }>()

  add({ account, grants }: AccountFile, moment: Moment): void {
    for (const grant of grants) {
      if ('fault' in grant) continue
      const stake = appraiseGrant({ grant, account, moment })
      if (typeof stake === 'string') continue
      const unit = this.#units.get(grant.unit) ?? { grants: 0, weeks: new Map() }
      this.#units.set(grant.unit, unit)
      unit.grants += 1
      const week = weekOf(localDateOf(stake.expiresAt, moment.rules.timeZone))
      const amounts = unit.weeks.get(week) ?? nothing()
      unit.weeks.set(week, amounts)
      amounts[groupOf(grant.kind)].add(stake.atStake)
    }
  }

  /** The units with the most grants first. */
  units(): readonly ExpiringUnit[] {
    const units = [...this.#units].map(([unit, { grants, weeks }]) => ({ unit, grants, weeks: evenly(weeks) }))
    return units.toSorted((a, b) => b.grants - a.grants)
  }
}

function groupOf(kind: string): KindGroup {
  return kind === 'purchased' || kind === 'promotional' ? kind : 'other'
}

type Sums = Readonly<Record<KindGroup, DecimalSum>>

function nothing(): Sums {
  return { purchased: new DecimalSum(), promotional: new DecimalSum(), other: new DecimalSum() }
}

function weekOf(date: LocalDate): number {
  return Math.floor(daysBetween(FIRST_MONDAY, date) / DAYS_PER_WEEK)
}

function mondayOf(week: number): LocalDate {
  const day = new Date(Date.UTC(FIRST_MONDAY.year, FIRST_MONDAY.month - 1, FIRST_MONDAY.day + week * DAYS_PER_WEEK))
  return { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() }
}

function evenly(weeks: ReadonlyMap<number, Sums>): readonly ExpiringWeek[] {
  const numbers = [...weeks.keys()]
  const first = Math.min(...numbers)
  return Array.from({ length: Math.max(...numbers) - first + 1 }, (_, index) => {
    const { purchased, promotional, other } = weeks.get(first + index) ?? nothing()
    const amounts = { purchased: purchased.total, promotional: promotional.total, other: other.total }
    return { monday: mondayOf(first + index), amounts }
  })
}
