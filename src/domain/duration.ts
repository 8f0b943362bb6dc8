import type { Duration } from 'date-fns'
import { MS_PER_DAY } from './zone.ts'

const MS_PER_SECOND = 1000
const MS_PER_MINUTE = 60 * MS_PER_SECOND
const MS_PER_HOUR = 60 * MS_PER_MINUTE
/** The Gregorian calendar's average, in whole milliseconds: twelve months are exactly a year. */
const NOMINAL_MS_PER_MONTH = 2_629_746_000
const NOMINAL_MS_PER_YEAR = 12 * NOMINAL_MS_PER_MONTH

/** An ISO 8601 duration as somebody wrote it, with its parts (ISO 8601-1:2019, 5.5.2.4). */
export type IsoDuration = Readonly<{
  /** The text as written, e.g. `P7D`; the name of a rung. */
  text: string
  parts: Readonly<Required<Duration>>
}>

const ISO_DURATION =
  /^P(?!$)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/

/**
 * Reads an ISO 8601 duration of whole, non-negative parts: `P1Y6M`, `P2W`, `P7D`, `PT12H`.
 *
 * @throws RangeError when the text is no such duration.
 */
export function parseIsoDuration(text: string): IsoDuration {
  const match = ISO_DURATION.exec(text)
  if (match === null) throw new RangeError(`"${text}" is not an ISO 8601 duration such as P7D, P1Y or PT12H`)
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return {
    text,
    parts: {
      years: years ?? 0,
      months: months ?? 0,
      weeks: weeks ?? 0,
      days: days ?? 0,
      hours: hours ?? 0,
      minutes: minutes ?? 0,
      seconds: seconds ?? 0,
    },
  }
}

/** Length in milliseconds with average months and years: to order durations and to bound searches, never to date anything. */
export function nominalLengthMs({ parts }: IsoDuration): number {
  const monthsMs = parts.years * NOMINAL_MS_PER_YEAR + parts.months * NOMINAL_MS_PER_MONTH
  return monthsMs + (parts.weeks * 7 + parts.days) * MS_PER_DAY + clockLengthMs({ parts })
}

/** The hours, minutes and seconds of a duration, in milliseconds. */
export function clockLengthMs({ parts }: Pick<IsoDuration, 'parts'>): number {
  return parts.hours * MS_PER_HOUR + parts.minutes * MS_PER_MINUTE + parts.seconds * MS_PER_SECOND
}

/** True where the duration counts only whole calendar units (days and up), and so can be dated at a time of day. */
export function isCalendarDuration(duration: IsoDuration): boolean {
  return clockLengthMs(duration) === 0 && nominalLengthMs(duration) > 0
}
