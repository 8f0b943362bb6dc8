import { inPlainNotation } from './amount.ts'
import { remembering } from './memo.ts'
import type { Decimal } from './model.ts'
import { daysBetween, instantAt, type LocalDate, localDateOf, MS_PER_DAY, offsetMs } from './zone.ts'

/** How an expiry is told: the same words in mails, on the terminal and on pages (rule R10). */
export type ExpiryWording = Readonly<{
  /** Calendar days in the reader's zone from today to the last usable day; 0 is today, negative is past. */
  daysLeft: number
  /** The last usable day, written out: `Sunday, 31 May 2026`. */
  date: string
  /** The same, short, for subjects: `31 May 2026`. */
  shortDate: string
  /** The time of day at which they end, `17:00`; null where they can be used to the end of the last day. */
  time: string | null
  /** The name of the zone at that time, `CEST`. */
  zone: string
}>

/** Until when exactly, in English: `until the end of Sunday, 31 May 2026 (CEST)`, `until 17:00 CEST on Monday, 1 June 2026`. */
export function untilInWords({ date, time, zone }: ExpiryWording): string {
  return time === null ? `until the end of ${date} (${zone})` : `until ${time} ${zone} on ${date}`
}

/**
 * Words an expiry for a reader. The days follow the reader's calendar, not the rung. An expiry at local midnight names
 * the day that ends then, which is the last one on which the credits can be used; so does one at 01:00 where the
 * clocks skip from midnight to one.
 */
export function describeExpiry(expiry: {
  expiresAt: Date
  now: Date
  timeZone: string
  locale: string
}): ExpiryWording {
  const { expiresAt, now, timeZone, locale } = expiry
  const lastDay = localDateOf(new Date(expiresAt.getTime() - 1), timeZone)
  const { long: date, short: shortDate } = dayInWords(lastDay, locale)
  const isDuringDay = localDateOf(expiresAt, timeZone).day === lastDay.day
  return {
    daysLeft: daysBetween(localDateOf(now, timeZone), lastDay),
    date,
    shortDate,
    time: isDuringDay ? formatsFor(locale, timeZone).clock.format(expiresAt) : null,
    zone: zoneNameAt(expiresAt, timeZone, locale),
  }
}

/** A day of the calendar in the reader's zone, short: `1 June 2025`. */
export function formatDay(instant: Date, { timeZone, locale }: Readonly<{ timeZone: string; locale: string }>): string {
  return dayInWords(localDateOf(instant, timeZone), locale).short
}

const currencies = new Set(Intl.supportedValuesOf('currency'))
/** More than this, no number format can show (ECMA-402, 16.1.2). */
const MAX_FRACTION_DIGITS = 100

/**
 * An amount with its unit, no digit of it rounded away: `$18.00`, `1,200 credits`, `1 credit`, `$0.0005`. The unit is an
 * ISO 4217 code or the company's own.
 */
export function formatAmount(amount: Decimal, unit: string, locale: string): string {
  return isCurrency(unit) ? format(amount, unit, locale) : `${formatNumber(amount, locale)} ${inNumber(unit, amount)}`
}

/** A number, no digit of it rounded away: `1,200`, `0.0005`. */
export function formatNumber(amount: Decimal, locale: string): string {
  return format(amount, null, locale)
}

function format(amount: Decimal, currency: string | null, locale: string): string {
  const digits = Math.min(fractionOf(amount).replace(/0+$/, '').length, MAX_FRACTION_DIGITS)
  // Given as text, the number is formatted exactly (ECMA-402, 16.5.16); as a number it would be rounded to a float.
  return numberFormatFor(locale, currency, digits)(amount as Intl.StringNumericLiteral)
}

/** True for an ISO 4217 code that this runtime knows: the unit is money. */
export function isCurrency(unit: string): boolean {
  return currencies.has(unit)
}

function fractionOf(amount: Decimal): string {
  return inPlainNotation(amount).split('.')[1] ?? ''
}

/** A unit's last word where it is one that is commonly counted; what else a company counts is left as it writes it. */
const COUNTED = /(^|[ -])(credit|token|point|unit|minute|hour|call|request|message|page|seat|coin)(s?)$/

/** The unit in the singular or plural of English, in whichever of them the company writes it. */
function inNumber(unit: string, amount: Decimal): string {
  return unit.replace(COUNTED, `$1$2${/^\+?0*1(\.0*)?$/.test(amount) ? '' : 's'}`)
}

/** Formats are made once for many uses: making one costs fifty times as much as using it. */
const MAX_FORMATS = 500

const numberFormatFor = remembering(
  MAX_FORMATS,
  (locale: string, currency: string | null, digits: number) => `${locale} ${currency ?? ''} ${digits}`,
  (locale, currency, digits) => {
    if (currency === null) return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format
    const isShort = hasShortDollar(currency, locale)
    const style = { style: 'currency', currency, currencyDisplay: isShort ? 'narrowSymbol' : 'symbol' } as const
    const least = new Intl.NumberFormat(locale, style).resolvedOptions().minimumFractionDigits ?? 0
    const { format } = new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: Math.max(least, digits) })
    // Arabic has no narrow symbol of its own.
    return isShort ? (amount: Intl.StringNumericLiteral) => format(amount).replace('US$', '$') : format
  },
)

/** Of the dollars that somewhere are written `$`, those beside the US dollar. */
const OTHER_DOLLARS = ['AUD', 'BND', 'CAD', 'HKD', 'MXN', 'NZD', 'SGD', 'TWD'] as const

/**
 * True where the US dollar is written `$`, although it may be `US$` by CLDR: in a script other than Latin. Those would be
 * the only letters of a subject that filters of mails know, and all of them capitals. It stays `US$` where `$` means
 * another dollar, as in Singapore.
 */
function hasShortDollar(currency: string, locale: string): boolean {
  if (currency !== 'USD' || new Intl.Locale(locale).maximize().script === 'Latn') return false
  return OTHER_DOLLARS.every((dollar) => symbolOf(dollar, locale) !== '$')
}

function symbolOf(currency: string, locale: string): string | undefined {
  const parts = new Intl.NumberFormat(locale, { style: 'currency', currency }).formatToParts(0)
  return parts.find(({ type }) => type === 'currency')?.value
}

/** The calendar is pinned: some locales would count the years of another one. */
const CALENDAR = { calendar: 'gregory' } as const

const dayFormatsFor = remembering(
  MAX_FORMATS,
  (locale: string, isBeforeChrist: boolean) => `${locale} ${isBeforeChrist}`,
  (locale, isBeforeChrist) => {
    const era = isBeforeChrist ? ({ era: 'short' } as const) : {}
    const day = { ...CALENDAR, ...era, timeZone: 'UTC', day: 'numeric', year: 'numeric' } as const
    return {
      long: new Intl.DateTimeFormat(locale, { ...day, weekday: 'long', month: 'long' }),
      short: new Intl.DateTimeFormat(locale, { ...day, month: 'short' }),
    }
  },
)

const formatsFor = remembering(
  MAX_FORMATS,
  (locale: string, timeZone: string) => `${locale} ${timeZone}`,
  (locale, timeZone) => ({
    clock: new Intl.DateTimeFormat(locale, {
      ...CALENDAR,
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
    zone: new Intl.DateTimeFormat(locale, { ...CALENDAR, timeZone, timeZoneName: 'short' }),
  }),
)

/** Of days and zones: those of one sweep are the same few for most of its readers. */
const MAX_WORDS = 2000

const FRENCH = /^fr(-|$)/

function writeDay(format: Intl.DateTimeFormat, instant: Date): string {
  return format.format(instant)
}

/** `1er juin 2026`: the first of a month is an ordinal in French, which CLDR does not tell. */
function writeFirstInFrench(format: Intl.DateTimeFormat, instant: Date): string {
  const parts = format.formatToParts(instant)
  return parts.map(({ type, value }) => (type === 'day' ? `${value}er` : value)).join('')
}

/** A day in words is the same in every zone. */
const dayInWords = remembering(
  MAX_WORDS,
  ({ year, month, day }: LocalDate, locale: string) => `${locale} ${year} ${month} ${day}`,
  (date, locale) => {
    const { long, short } = dayFormatsFor(locale, date.year < 1)
    const noon = instantAt(date, { hour: 12, minute: 0 }, 'UTC')
    const write = date.day === 1 && FRENCH.test(locale) ? writeFirstInFrench : writeDay
    return { long: write(long, noon), short: write(short, noon) }
  },
)

/** A zone's name, `CEST`, changes with its clocks: within a day, one offset has one name. */
const zoneNameAt = remembering(
  MAX_WORDS,
  (instant: Date, timeZone: string, locale: string) =>
    `${locale} ${timeZone} ${offsetMs(instant.getTime(), timeZone)} ${Math.floor(instant.getTime() / MS_PER_DAY)}`,
  (instant, timeZone, locale) =>
    formatsFor(locale, timeZone)
      .zone.formatToParts(instant)
      .find(({ type }) => type === 'timeZoneName')?.value ?? '',
)
