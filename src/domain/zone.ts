import { tzOffset } from '@date-fns/tz'
import type { Duration } from 'date-fns'
import { remembering } from './memo.ts'

const MS_PER_SECOND = 1000
const MS_PER_MINUTE = 60 * MS_PER_SECOND
export const MS_PER_DAY = 86_400_000

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

/** One business time is asked about for each grant and mail, and many grants expire together. */
const MAX_OFFSETS = 2000

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
export function offsetMs(instantMs: number, zone: string): number {
  // Most rows name no other, and to remember it costs more than to know it.
  return zone === 'UTC' ? 0 : knownOffsetMs(instantMs, zone)
}

const knownOffsetMs = remembering(
  MAX_OFFSETS,
  // Clocks change on a whole second.
  (instantMs: number, zone: string) => `${Math.floor(instantMs / MS_PER_SECOND)} ${zone}`,
  (instantMs, zone) => tzOffset(zone, new Date(instantMs)) * MS_PER_MINUTE,
)

/** The calendar day that a zone's clocks show at an instant. */
export function localDateOf(instant: Date, zone: string): LocalDate {
  return dateOf(instant.getTime() + offsetMs(instant.getTime(), zone))
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
  if (years === 0 && months === 0) return dateOf(utcMidnight({ year, month, day: day - weeks * 7 - days }))
  const inMonth = { year: year - years, month: month - months }
  // Day 0 of the month after it is a month's last.
  const lastDay = new Date(utcMidnight({ ...inMonth, month: inMonth.month + 1, day: 0 })).getUTCDate()
  return dateOf(utcMidnight({ ...inMonth, day: Math.min(day, lastDay) - weeks * 7 - days }))
}

function dateOf(utcMs: number): LocalDate {
  const date = new Date(utcMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/**
 * The instant at which a zone's clocks show a time on a day.
 *
 * A time that a clock change skips is moved past the gap (02:30 becomes 03:30; a skipped day becomes the next one);
 * of a time that occurs twice, the first is meant. (RFC 5545, 3.3.5, and Temporal's `compatible`.)
 */
export function instantAt(date: LocalDate, time: TimeOfDay, zone: string): Date {
  return instantOfLocal(utcMidnight(date) + (time.hour * 60 + time.minute) * MS_PER_MINUTE, zone)
}

/** @param localMs what the zone's clocks show, as if it were UTC */
function instantOfLocal(localMs: number, zone: string): Date {
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
  return shiftInZone(instant, duration, zone, 1)
}

/** An instant less a duration in the calendar of a zone, clamped to the month's end. */
export function subtractInZone(instant: Date, duration: Duration, zone: string): Date {
  return shiftInZone(instant, duration, zone, -1)
}

/**
 * The calendar units first, on the local clock, then the hours, minutes and seconds in elapsed time. Not by TZDate of
 * @date-fns/tz: around clock changes its results hang on the zone of the process, and two hosts would differ.
 */
function shiftInZone(instant: Date, duration: Duration, zone: string, sign: 1 | -1): Date {
  const { years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0 } = duration
  const clockMs = ((hours * 60 + minutes) * 60 + seconds) * MS_PER_SECOND
  if (years + months + weeks + days === 0) return new Date(instant.getTime() + sign * clockMs)
  const localMs = instant.getTime() + offsetMs(instant.getTime(), zone)
  const date = localDateOf(instant, zone)
  const shifted = subtractFromDate(date, {
    years: -sign * years,
    months: -sign * months,
    weeks: -sign * weeks,
    days: -sign * days,
  })
  const shiftedLocalMs = utcMidnight(shifted) + (localMs - utcMidnight(date))
  return new Date(instantOfLocal(shiftedLocalMs, zone).getTime() + sign * clockMs)
}

function utcMidnight({ year, month, day }: LocalDate): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; for all others, it is the quicker one.
  return year > 99 ? Date.UTC(year, month - 1, day) : new Date(0).setUTCFullYear(year, month - 1, day)
}
