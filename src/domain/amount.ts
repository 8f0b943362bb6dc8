import Big from 'big.js'
import type { Decimal } from './model.ts'

/** True for a finite decimal number in plain or exponent notation, as Postgres prints a `numeric` or a float. */
export function isDecimal(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?$/.test(text)
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; exact. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  return new Big(a).cmp(b)
}

/**
 * The exact sum, in plain notation, with the scale of the most precise summand: `0.10` and `0.20` make `0.30`, `1e-7`
 * and `1` make `1.0000001`.
 */
export function sumDecimals(amounts: readonly Decimal[]): Decimal {
  const scale = Math.max(0, ...amounts.map(scaleOf))
  return amounts.reduce((sum, amount) => sum.plus(amount), new Big(0)).toFixed(scale)
}

/** A sum that grows, as `sumDecimals` has it: to add to it costs no more the longer it gets. */
export class DecimalSum {
  #sum = new Big(0)
  #scale = 0

  add(amount: Decimal): void {
    this.#sum = this.#sum.plus(amount)
    this.#scale = Math.max(this.#scale, scaleOf(amount))
  }

  get total(): Decimal {
    return this.#sum.toFixed(this.#scale)
  }
}

/** A number as its digits, without an exponent: `1.5e-7` is `0.00000015`. */
export function inPlainNotation(amount: Decimal): Decimal {
  return /e/i.test(amount) ? sumDecimals([amount]) : amount
}

/** Digits after the point that the number needs, or is written with where that is more: `1.50` has 2, `1.5e-7` has 8. */
export function scaleOf(amount: Decimal): number {
  const [digits = '', exponent = '0'] = amount.toLowerCase().split('e')
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent))
}

/** The number in units of its `scale`-th digit after the point, cut off there: `18.005` at 2 is 1800. */
export function toWholeNumber(amount: Decimal, scale: number): bigint {
  return BigInt(new Big(amount).times(new Big(`1e${scale}`)).toFixed(0, Big.roundDown))
}

/** The other way round, exactly, and without zeros at the end: 1800 at 2 is `18`. */
export function fromWholeNumber(whole: bigint, scale: number): Decimal {
  return new Big(whole.toString()).times(new Big(`1e-${scale}`)).toFixed()
}
