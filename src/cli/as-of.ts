import { Option } from 'commander'
import { UsageError } from '../errors.ts'

/** ISO 8601 extended format (RFC 3339 with optional seconds): date, time, and a zone offset or Z. */
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$/
const MS_PER_MINUTE = 60_000
/** The widest offset in use is +14:00 (Kiritimati). */
const MAX_OFFSET_MINUTES = 14 * 60
/**
 * Business time lies within these. Beyond them, what is looked for (a century before and after, for the longest
 * duration) leaves the four digits of a year that the database client can write.
 */
const FIRST_YEAR = 1900
const LAST_YEAR = 9000

/**
 * The instant that `--as-of`, `--from` or `--to` names: `2026-11-24T09:00:00Z`, `2026-11-24T10:00+01:00`.
 *
 * @throws UsageError where it is none: a day or a local time without its zone, a day that no calendar has, or a
 * year that no mail could be about.
 */
export function parseInstant(text: string, option = '--as-of'): Date {
  const match = INSTANT.exec(text)
  if (match === null) {
    throw new UsageError(
      WITHOUT_ZONE.test(text)
        ? `${option} ${text} has no zone; write the time with an offset or Z, e.g. ${realDay(text.slice(0, 10))}T09:00:00Z`
        : `${option} ${text} is no ISO 8601 time with a zone, e.g. 2026-11-24T09:00:00Z`,
    )
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const ms = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0))
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new UsageError(`${option} ${text} is not within the years ${FIRST_YEAR} to ${LAST_YEAR}`)
  }
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms))
  const exists =
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    Number(match[10] ?? 0) < 60 &&
    Math.abs(offsetMinutes) <= MAX_OFFSET_MINUTES
  if (!exists) throw new UsageError(`${option} ${text} names a time that does not exist; correct the day or the hour`)
  return new Date(local.getTime() - offsetMinutes * MS_PER_MINUTE)
}

/** The day as written, or another one where no calendar has it. */
function realDay(day: string): string {
  const midnight = new Date(`${day}T00:00:00Z`)
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
  return exists ? day : '2026-11-24'
}

/** `--as-of T`, for commands that look at another time than now. */
export function asOfOption(): Option {
  return new Option('--as-of <time>', 'act as if it were this time (ISO 8601 with a zone)').argParser((text: string) =>
    parseInstant(text),
  )
}

/** Commands that send refuse another time than now: mails that leave the house are told the truth about today. */
export function requireAsOfAllowed(asOf: Date | undefined, allowed: boolean): void {
  if (asOf === undefined || allowed) return
  throw new UsageError('--as-of is refused where mails are sent; set CREDIT_REMINDERS_ALLOW_AS_OF=1 on a test system')
}
