import Big from 'big.js'
import type { Decimal } from './model.ts'

/** True for a finite decimal number in plain or exponent notation, as Postgres prints a `numeric`. */
export function isDecimal(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?$/.test(text)
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; exact. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  return new Big(a).cmp(b)
}

/** The exact sum, in plain notation, with the scale of the most precise summand. */
export function sumDecimals(amounts: readonly Decimal[]): Decimal {
  const scale = Math.max(0, ...amounts.map((amount) => amount.split('.')[1]?.length ?? 0))
  return amounts.reduce((sum, amount) => sum.plus(amount), new Big(0)).toFixed(scale)
}
