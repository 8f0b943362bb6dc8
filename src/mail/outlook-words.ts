import { compareDecimals, sumDecimals } from '../domain/amount.ts'
import { PACE_DAYS } from '../domain/forecast.ts'
import type { UnitForecast } from '../domain/outlook.ts'
import { formatDay } from '../domain/wording.ts'
import { amountInWords, formOf } from './amounts.ts'
import type { MailContent } from './content.ts'
import type { Messages } from './messages.ts'
import { roundForecast } from './rounding.ts'
import { joinSentences, unbroken } from './typography.ts'

/** More units than these are nobody's. */
const MAX_UNITS = 3

/** What becomes of the credits at the present pace, and what the reader keeps beside them: a paragraph for each unit. */
export function outlookInWords(content: MailContent, say: Messages): readonly string[] {
  const { outlook, locale, timeZone } = content
  const amountOf = (amount: string, unit: string) => amountInWords(amount, unit, locale, say)
  const forecasts = outlook.forecasts
    .slice(0, MAX_UNITS)
    .map((forecast) => joinSentences(forecastInWords(forecast, amountOf, say), locale))
  const kept = outlook.kept.slice(0, MAX_UNITS).map(({ unit, amount, nextExpiry }) =>
    say('keeps', {
      form: formOf(unit),
      amount: amountOf(amount, unit),
      expiry: nextExpiry === null ? 'never' : 'dated',
      date: nextExpiry === null ? '' : unbroken(formatDay(nextExpiry, { timeZone, locale })),
    }),
  )
  return [...forecasts, ...kept]
}

type AmountOf = (amount: string, unit: string) => string

function forecastInWords(forecast: UnitForecast, amountOf: AmountOf, say: Messages): readonly string[] {
  const { unit } = forecast
  const days = PACE_DAYS
  const { used, lost, perDay } = roundForecast(forecast)
  if (compareDecimals(lost, '0') <= 0)
    return [say('forecast.usedUp', { amount: amountOf(sumDecimals([used, lost]), unit), days })]
  const pace = perDay === null ? [] : [say('forecast.perDay', { amount: amountOf(perDay, unit) })]
  // Whoever uses other credits first was not idle, as the words for this would have it.
  const isUnused = compareDecimals(forecast.used, '0') <= 0 && forecast.othersFirst !== true
  if (isUnused) return [say('forecast.unused', { lost: amountOf(lost, unit), days }), ...pace]
  return [say('forecast.lost', { used: amountOf(used, unit), lost: amountOf(lost, unit), days }), ...pace]
}
