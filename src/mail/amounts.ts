import type { Decimal } from '../domain/model.ts'
import { formatAmount, formatNumber, isCurrency } from '../domain/wording.ts'
import type { Messages } from './messages.ts'
import { COUNTED_UNITS, type CountedUnit } from './phrases.ts'
import { plainText } from './plain-text.ts'

const MAX_AMOUNT_CHARACTERS = 80

/** Of units written as people write them: in the singular or plural, with a capital or without. */
const COUNTED_BY_SPELLING: ReadonlyMap<string, CountedUnit> = new Map(
  COUNTED_UNITS.flatMap((unit) => [
    [unit, unit],
    [unit.slice(0, -1), unit],
  ]),
)

/**
 * An amount with its unit in the reader's language, no digit of it rounded away: `$18.00`, `1.200 Credits`. A unit that
 * nobody has words for is written as it is.
 */
export function amountInWords(amount: Decimal, unit: string, locale: string, say: Messages): string {
  const counted = isCurrency(unit) ? undefined : COUNTED_BY_SPELLING.get(unit)
  if (counted === undefined) return plainText(formatAmount(amount, unit, locale), MAX_AMOUNT_CHARACTERS)
  // A plural is chosen by the number as it is read, and no language has one that a float would miss (CLDR, plural rules).
  return say(`unit.${counted}`, { amount: formatNumber(amount, locale), count: Number(amount) })
}
