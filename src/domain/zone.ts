import { TZDate, tzOffset } from '@date-fns/tz'
import type { Duration } from 'date-fns'
// By their own paths: the package's index loads three hundred modules, half a second of every command.
import { add } from 'date-fns/add'
import { sub } from 'date-fns/sub'

const MS_PER_MINUTE = 60_000
const MS_PER_DAY = 86_400_000

/** A day of the calendar, without a zone. Months count from 1. */
export type LocalDate = Readonly<{ year: number; month: number; day: number }>

/** A local time of day. */
export type TimeOfDay = Readonly<{ hour: number; minute: number }>

const knownZones = new Set<string>()

/** True for an IANA time zone name that this runtime knows (`Europe/Berlin`, `UTC`); an offset such as `+02:00` is none. */
export function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  // Only names that exist are remembered: rows may hold any rubbish, and it must not fill the memory.
  knownZones.add(name)
  return true
}

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetMs(instantMs: number, zone: string): number {
  return tzOffset(zone, new Date(instantMs)) * MS_PER_MINUTE
}

/** The calendar day that a zone's clocks show at an instant. */
export function localDateOf(instant: Date, zone: string): LocalDate {
  const shifted = new Date(instant.getTime() + offsetMs(instant.getTime(), zone))
  return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() }
}

/** Whole calendar days from one day to another; negative where `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return Math.round((utcMidnight(to) - utcMidnight(from)) / MS_PER_DAY)
}

/**
 * A calendar day less a duration of calendar units: first the years and months, clamped to the month's end, then the
 * weeks and days (31 May less P1M = 30 April, less P1M1D = 29 April).
 */
export function subtractFromDate(
  { year, month, day }: LocalDate,
  { years = 0, months = 0, weeks = 0, days = 0 }: Duration,
): LocalDate {
  const inMonth = { year: year - years, month: month - months }
  // Day 0 of the month after it is a month's last.
  const lastDay = new Date(utcMidnight({ ...inMonth, month: inMonth.month + 1, day: 0 })).getUTCDate()
  const result = new Date(utcMidnight({ ...inMonth, day: Math.min(day, lastDay) - weeks * 7 - days }))
  return { year: result.getUTCFullYear(), month: result.getUTCMonth() + 1, day: result.getUTCDate() }
}

/**
 * The instant at which a zone's clocks show a time on a day.
 *
 * A time that a clock change skips is moved past the gap (02:30 becomes 03:30; a skipped day becomes the next one);
 * of a time that occurs twice, the first is meant. (RFC 5545, 3.3.5, and Temporal's `compatible`.)
 */
export function instantAt(date: LocalDate, time: TimeOfDay, zone: string): Date {
  const localMs = utcMidnight(date) + (time.hour * 60 + time.minute) * MS_PER_MINUTE
  const before = offsetMs(localMs - MS_PER_DAY, zone)
  const after = offsetMs(localMs + MS_PER_DAY, zone)
  if (before === after) return new Date(localMs - before)
  for (const candidateMs of [localMs - before, localMs - after].sort((a, b) => a - b)) {
    if (candidateMs + offsetMs(candidateMs, zone) === localMs) return new Date(candidateMs)
  }
  return new Date(localMs - before)
}

/** An instant plus a duration in the calendar of a zone, clamped to the month's end (29 February + P1Y = 28 February). */
export function addInZone(instant: Date, duration: Duration, zone: string): Date {
  return new Date(add(new TZDate(instant.getTime(), zone), duration).getTime())
}

/** An instant less a duration in the calendar of a zone, clamped to the month's end. */
export function subtractInZone(instant: Date, duration: Duration, zone: string): Date {
  return new Date(sub(new TZDate(instant.getTime(), zone), duration).getTime())
}

function utcMidnight({ year, month, day }: LocalDate): number {
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
