import { shown, Wrong } from './values.ts'

/** ISO 8601, extended format (RFC 3339, 5.6, with optional seconds), also with a blank as Postgres prints it. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d{2})(?::?(\d{2}))?)$/
const SHORTEST_MONTH_DAYS = 28
const DAY = /^\d{4}-\d{2}-\d{2}$/
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/
/** Which of the two numbers is the month depends on who reads it. */
const AMBIGUOUS_DAY = /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b/
/** As in `--as-of`; 9999 is what many write for "never". */
const FIRST_YEAR = 1900
const LAST_YEAR = 9999
/** The widest offset in use is +14:00 (Kiritimati). */
const MAX_OFFSET_HOURS = 14
/** Postgres keeps microseconds, and would round what is finer: an expiry must never seem later than it is. */
const KEPT_DIGITS = 6

/** An instant with its zone, as ISO 8601 that Postgres reads alike whatever its settings are. */
export function readInstant(text: string): string | Wrong {
  const written = text.trim()
  const match = INSTANT.exec(written)
  if (match === null) return new Wrong(`${shown(text)} ${faultOfInstant(written)}`)
  const [, day = '', hour = '', minute = '', second = '00', fraction = '', sign = '+', hours = '00', minutes = '00'] =
    match
  const isTime = hour <= '23' && minute <= '59' && second <= '59'
  const isOffset = Number(hours) * 60 + Number(minutes) <= MAX_OFFSET_HOURS * 60 && minutes <= '59'
  if (!existsInCalendar(day) || !isTime || !isOffset) {
    return new Wrong(`${shown(text)} names a time that does not exist`)
  }
  if (!isWithinYears(day)) return new Wrong(`${shown(text)} is not within the years ${FIRST_YEAR} to ${LAST_YEAR}`)
  const kept = fraction.slice(0, KEPT_DIGITS)
  return `${day}T${hour}:${minute}:${second}${kept === '' ? '' : `.${kept}`}${sign}${hours}:${minutes}`
}

/** An expiry: an instant, or `infinity` for what never expires, whatever the policy says. */
export function readExpiry(text: string): string | Wrong {
  return text.trim().toLowerCase() === 'infinity' ? 'infinity' : readInstant(text)
}

function faultOfInstant(written: string): string {
  if (DAY.test(written)) return `has no time of day and no zone; write ${realDay(written)}T00:00:00Z`
  if (WITHOUT_ZONE.test(written)) return 'has no zone; end it with Z for UTC, or with an offset such as +02:00'
  if (AMBIGUOUS_DAY.test(written)) return 'may be read in two ways; write year, month and day: 2026-04-03T00:00:00Z'
  return 'is no ISO 8601 time with a zone; write one such as 2026-04-03T00:00:00Z'
}

/** A day of the calendar, as usage has it. */
export function readDay(text: string): string | Wrong {
  const day = text.trim()
  if (DAY.test(day)) {
    if (!existsInCalendar(day)) return new Wrong(`${shown(text)} is a day that does not exist`)
    return isWithinYears(day) ? day : new Wrong(`${shown(text)} is not within the years ${FIRST_YEAR} to ${LAST_YEAR}`)
  }
  return new Wrong(
    AMBIGUOUS_DAY.test(day)
      ? `${shown(text)} may be read in two ways; write year, month and day: 2026-04-03`
      : `${shown(text)} is no day; write year, month and day: 2026-04-03`,
  )
}

function isWithinYears(day: string): boolean {
  const year = Number(day.slice(0, 4))
  return year >= FIRST_YEAR && year <= LAST_YEAR
}

/** 31 June is none, nor 29 February of most years. */
function existsInCalendar(day: string): boolean {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(5, 7))
  const date = Number(day.slice(8, 10))
  if (month < 1 || month > 12 || date < 1) return false
  // Of most days that is all there is to ask, and there are a few in every row.
  if (date <= SHORTEST_MONTH_DAYS) return true
  const midnight = new Date(0)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  midnight.setUTCFullYear(year, month - 1, date)
  return midnight.getUTCDate() === date
}

/** The day as written, or another one where no calendar has it. */
function realDay(day: string): string {
  return existsInCalendar(day) ? day : '2026-04-03'
}
