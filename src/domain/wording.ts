import { daysBetween, isLocalMidnight, localDateOf } from './zone.ts'

/** How an expiry is told: the same words in mails, on the terminal and on pages (rule R10). */
export type ExpiryWording = Readonly<{
  /** Calendar days in the reader's zone from today to the last usable day; 0 is today, negative is past. */
  daysLeft: number
  /** The last usable day, written out: `Sunday, 31 May 2026`. */
  date: string
  /** The same, short, for subjects: `31 May 2026`. */
  shortDate: string
  /** Until when exactly: `until the end of Sunday, 31 May 2026 (CEST)`, `until 17:00 CEST on Monday, 1 June 2026`. */
  until: string
}>

type ExpiryFormats = Readonly<{
  long: Intl.DateTimeFormat
  short: Intl.DateTimeFormat
  clock: Intl.DateTimeFormat
  zone: Intl.DateTimeFormat
}>

/**
 * Words an expiry for a reader. The days follow the reader's calendar, not the rung. An expiry at local midnight names
 * the day that ends then, which is the last one on which the credits can be used.
 */
export function describeExpiry(expiry: {
  expiresAt: Date
  now: Date
  timeZone: string
  locale: string
}): ExpiryWording {
  const { expiresAt, now, timeZone, locale } = expiry
  const lastUsable = new Date(expiresAt.getTime() - 1)
  const formats = formatsFor(locale, timeZone)
  const date = formats.long.format(lastUsable)
  const zone = zoneNameOf(formats.zone, expiresAt)
  return {
    daysLeft: daysBetween(localDateOf(now, timeZone), localDateOf(lastUsable, timeZone)),
    date,
    shortDate: formats.short.format(lastUsable),
    until: isLocalMidnight(expiresAt, timeZone)
      ? `until the end of ${date} (${zone})`
      : `until ${formats.clock.format(expiresAt)} ${zone} on ${formats.long.format(expiresAt)}`,
  }
}

/** A day of the calendar in the reader's zone, short: `1 June 2025`. */
export function formatDay(instant: Date, { timeZone, locale }: Readonly<{ timeZone: string; locale: string }>): string {
  return formatsFor(locale, timeZone).short.format(instant)
}

const currencies = new Set(Intl.supportedValuesOf('currency'))
const numberFormats = new Map<string, Intl.NumberFormat>()
const MAX_FRACTION_DIGITS = 20

/** An amount with its unit, no digit of it rounded away: `$18.00`, `1,200 credits`. The unit is an ISO 4217 code or the company's own. */
export function formatAmount(amount: string, unit: string, locale: string): string {
  const currency = currencies.has(unit) ? unit : null
  const digits = Math.min((amount.split('.')[1] ?? '').replace(/0+$/, '').length, MAX_FRACTION_DIGITS)
  // Given as text, the number is formatted exactly (ECMA-402, 16.5.16); as a number it would be rounded to a float.
  const number = numberFormatFor(locale, currency, digits).format(amount as Intl.StringNumericLiteral)
  return currency === null ? `${number} ${unit}` : number
}

function numberFormatFor(locale: string, currency: string | null, digits: number): Intl.NumberFormat {
  const key = `${locale} ${currency ?? ''} ${digits}`
  const known = numberFormats.get(key)
  if (known !== undefined) return known
  const style: Intl.NumberFormatOptions = currency === null ? {} : { style: 'currency', currency }
  const least = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 0
  const format = new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: currency === null ? 0 : least,
    maximumFractionDigits: currency === null ? digits : Math.max(least, digits),
  })
  numberFormats.set(key, format)
  return format
}

const expiryFormats = new Map<string, ExpiryFormats>()

/** Made once per locale and zone: making one costs fifty times as much as using it. */
function formatsFor(locale: string, timeZone: string): ExpiryFormats {
  const key = `${locale} ${timeZone}`
  const known = expiryFormats.get(key)
  if (known !== undefined) return known
  // The calendar is pinned: some locales would count the years of another one.
  const common = { timeZone, calendar: 'gregory' } as const
  const formats: ExpiryFormats = {
    long: new Intl.DateTimeFormat(locale, {
      ...common,
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
    }),
    short: new Intl.DateTimeFormat(locale, { ...common, day: 'numeric', month: 'short', year: 'numeric' }),
    clock: new Intl.DateTimeFormat(locale, { ...common, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    zone: new Intl.DateTimeFormat(locale, { ...common, timeZoneName: 'short' }),
  }
  expiryFormats.set(key, formats)
  return formats
}

function zoneNameOf(format: Intl.DateTimeFormat, instant: Date): string {
  return format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
