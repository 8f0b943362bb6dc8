import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, DecimalSum, inPlainNotation, isDecimal, sumDecimals } from '../../src/domain/amount.ts'

/** A decimal with up to 30 digits before the point and up to 18 after it, as text. */
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }), fc.nat())
  .map(([whole, scale, seed]) =>
    scale === 0 ? `${whole}` : `${whole}.${String(seed).padStart(scale, '0').slice(-scale)}`,
  )

describe('a decimal', () => {
  it.each(['0', '0.10', '18.00', '-3', '+3', '123456789012345678901234567890.5', '1e-7', '1.5E+20'])(
    '%s is one',
    (text) => {
      expect(isDecimal(text)).toBe(true)
    },
  )

  it.each(['', ' ', '.5', '5.', '1,200', 'NaN', 'Infinity', '-Infinity', '0x10', '1e99999', '1\n', '1 2', '--1'])(
    '%j is none',
    (text) => {
      expect(isDecimal(text)).toBe(false)
    },
  )
})

describe('comparing', () => {
  it.each([
    ['0.10', '0.1', 0],
    ['0.1', '0.10000000000000000001', -1],
    // Equal as floats.
    ['9007199254740993', '9007199254740992', 1],
    ['-1', '0', -1],
    ['1e2', '100.00', 0],
  ])('%s with %s', (a, b, sign) => {
    expect(compareDecimals(a, b)).toBe(sign)
    expect(compareDecimals(b, a)).toBe(0 - sign)
  })
})

describe('adding', () => {
  it.each([
    [[], '0'],
    [['18.00'], '18.00'],
    // 0.30000000000000004 as floats.
    [['0.1', '0.2'], '0.3'],
    [['0.10', '0.2'], '0.30'],
    [['1200', '0.5', '0.500'], '1201.000'],
    [['123456789012345678901234567890', '0.000000000000000001'], '123456789012345678901234567890.000000000000000001'],
    [['1e-7', '1'], '1.0000001'],
    [['1.5e-7'], '0.00000015'],
    [['1.25E+1', '1e3'], '1012.5'],
  ])('%j makes %s', (amounts, sum) => {
    expect(sumDecimals(amounts)).toBe(sum)
  })

  it('gives the same as counting in the smallest part, in any order', () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 8 }), (amounts) => {
        const scale = 18
        const parts = (amount: string) => {
          const [whole = '', fraction = ''] = amount.split('.')
          return BigInt(whole + fraction.padEnd(scale, '0'))
        }
        const sum = sumDecimals(amounts)
        expect(parts(sum)).toBe(amounts.reduce((total, amount) => total + parts(amount), 0n))
        expect(sumDecimals(amounts.toReversed())).toBe(sum)
        const growing = new DecimalSum()
        for (const amount of amounts) growing.add(amount)
        expect(growing.total).toBe(sum)
        expect(isDecimal(sum)).toBe(true)
      }),
    )
  })
})

describe('in plain notation', () => {
  it.each([
    ['1.5e-7', '0.00000015'],
    ['2E3', '2000'],
    ['1.50', '1.50'],
    ['007', '007'],
  ])('%s is %s', (amount, plain) => {
    expect(inPlainNotation(amount)).toBe(plain)
  })
})
