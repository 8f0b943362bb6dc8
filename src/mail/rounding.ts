import Big from 'big.js'
import { scaleOf } from '../domain/amount.ts'
import { remembering } from '../domain/memo.ts'
import type { Decimal } from '../domain/model.ts'
import type { UnitForecast } from '../domain/outlook.ts'
import { isCurrency } from '../domain/wording.ts'

/** A use of the company's own units is told with so many digits at least, however small it is. */
const LEAST_DIGITS = 2
/** No ISO 4217 code has more; what a use is told with where it is very small. */
const MOST_FRACTION_DIGITS = 20

/**
 * A forecast as it is told: rounded to the minor unit of money, and else to the last digit that the amount itself has.
 * What is used and what is lost still add up to the amount, and nothing is told as not lost of which a part is: the
 * loss is rounded up. So is the use a day: with a little less, a part would be lost.
 */
export function roundForecast(forecast: UnitForecast): Pick<UnitForecast, 'used' | 'lost' | 'perDay'> {
  const { unit, used, lost, perDay } = forecast
  const total = new Big(used).plus(lost)
  // The amount's own digits beyond the minor unit are never rounded away: there are credits of a tenth of a cent.
  const digits = Math.max(minorDigits(unit), scaleOf(total.toFixed()))
  const lostRounded = new Big(lost).round(digits, Big.roundUp)
  return {
    used: total.minus(lostRounded).toFixed(),
    lost: lostRounded.toFixed(),
    perDay: perDay === null ? null : roundUse(perDay, unit, digits),
  }
}

function roundUse(perDay: Decimal, unit: string, digits: number): Decimal {
  const use = new Big(perDay)
  // Of one credit in a year, `1 credit a day` would be said too much of.
  const needed = isCurrency(unit) || use.eq(0) ? 0 : LEAST_DIGITS - 1 - use.e
  return use.round(Math.min(Math.max(digits, needed), MOST_FRACTION_DIGITS), Big.roundUp).toFixed()
}

/** The digits after the point that amounts of the unit are written with: 2 of USD, none of JPY or a unit of one's own. */
function minorDigits(unit: string): number {
  return isCurrency(unit) ? currencyDigits(unit) : 0
}

const MAX_CURRENCIES = 500

/** ISO 4217's number of digits, as the runtime has it. */
const currencyDigits = remembering(
  MAX_CURRENCIES,
  (currency: string) => currency,
  (currency) =>
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0,
)
