import type { Category } from './model.ts'
import type { SimulatedDay } from './simulation.ts'
import { MS_PER_DAY } from './zone.ts'

/** What mails are added up by, to be drawn. */
export type SpanLength = 'day' | 'week' | 'month'

/** The mails of a day, a week from Monday on (ISO 8601) or a month, of UTC. */
export type Span = Readonly<{
  /** The first day, `2026-11-23`; of a month, `2026-11`. */
  start: string
  emails: number
  byCategory: Readonly<Record<Category, number>>
}>

type Period = Readonly<{ from: Date; to: Date }>

const DAYS_PER_WEEK = 7
const DAY_CHARACTERS = 'yyyy-mm-dd'.length
const MONTH_CHARACTERS = 'yyyy-mm'.length

/** How many days of UTC a period touches. */
export function daysIn({ from, to }: Period): number {
  return Math.max(0, Math.ceil(to.getTime() / MS_PER_DAY) - Math.floor(from.getTime() / MS_PER_DAY))
}

/**
 * The mails of a period by spans; those without a mail are among them, so that time runs evenly. People are not added up: one
 * may be told on two days.
 */
export function spansOf(days: readonly SimulatedDay[], period: Period, length: SpanLength): readonly Span[] {
  const spans = new Map<string, { emails: number; byCategory: Record<Category, number> }>()
  const firstDay = Math.floor(period.from.getTime() / MS_PER_DAY)
  for (let day = 0; day < daysIn(period); day++) {
    const start = startOf(firstDay + day, length)
    if (!spans.has(start)) spans.set(start, { emails: 0, byCategory: { warning: 0, expired: 0, correction: 0 } })
  }
  for (const { day, emails, byCategory } of days) {
    const span = spans.get(startOf(Date.parse(day) / MS_PER_DAY, length))
    if (span === undefined) continue
    span.emails += emails
    span.byCategory.warning += byCategory.warning
    span.byCategory.expired += byCategory.expired
    span.byCategory.correction += byCategory.correction
  }
  return [...spans].map(([start, span]) => ({ start, ...span }))
}

/** @param day the number of days since 1970-01-01, a Thursday */
function startOf(day: number, length: SpanLength): string {
  if (length === 'month') return isoDay(day).slice(0, MONTH_CHARACTERS)
  return isoDay(length === 'day' ? day : day - ((day + 3) % DAYS_PER_WEEK))
}

function isoDay(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, DAY_CHARACTERS)
}
