import type { Decimal } from '../domain/model.ts'
import { formatAmount, formatNumber, isCurrency } from '../domain/wording.ts'
import { directionOf, isolated, withSymbolsWhole } from './direction.ts'
import type { Messages } from './messages.ts'
import { COUNTED_UNITS, type CountedUnit } from './phrases.ts'
import { plainText } from './plain-text.ts'
import { unbroken } from './typography.ts'

/** Far more than any amount has that was ever paid for: 10^12 with six decimals is 26 in the wordiest of languages. */
const MAX_AMOUNT_CHARACTERS = 80
/** Leaves room for such a number before it. */
const MAX_UNIT_CHARACTERS = 50

/** Of units written as people write them: in the singular or plural, with a capital or without. */
const COUNTED_BY_SPELLING: ReadonlyMap<string, CountedUnit> = new Map(
  COUNTED_UNITS.flatMap((unit) =>
    [unit, unit.slice(0, -1)].flatMap((spelling) => [
      [spelling, unit] as const,
      [spelling.charAt(0).toUpperCase() + spelling.slice(1), unit] as const,
    ]),
  ),
)

/** How an amount stands in a sentence: money is worth something, a unit of the company's own is what it is. */
export function formOf(unit: string): 'money' | 'own' {
  return isCurrency(unit) ? 'money' : 'own'
}

/**
 * An amount with its unit in the reader's language, no digit of it rounded away: `$18.00`, `1.200 Credits`. A unit that
 * nobody has words for is written as it is.
 */
export function amountInWords(amount: Decimal, unit: string, locale: string, say: Messages): string {
  // The spaces and marks of direction that a language puts into its own numbers stay: they keep them in one piece.
  if (isCurrency(unit)) return withSymbolsWhole(cut(formatAmount(amount, unit, locale)), directionOf(locale))
  const counted = COUNTED_BY_SPELLING.get(unit)
  if (counted === undefined) {
    const name = isolated(plainText(unit, MAX_UNIT_CHARACTERS), directionOf(locale))
    // Its name may be of several words, and longer than a line.
    return cut(formatAmount(amount, name, locale).trimEnd().replace(' ', '\u00a0'))
  }
  // A plural is chosen by the number as it is read, and no language has one that a float would miss (CLDR, plural rules).
  return unbroken(say(`unit.${counted}`, { amount: cut(formatNumber(amount, locale)), count: Number(amount) }))
}

function cut(formatted: string): string {
  return formatted.length > MAX_AMOUNT_CHARACTERS ? plainText(formatted, MAX_AMOUNT_CHARACTERS) : formatted
}
