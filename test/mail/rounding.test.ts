import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, sumDecimals } from '../../src/domain/amount.ts'
import { roundForecast } from '../../src/mail/rounding.ts'

const told = (unit: string, used: string, lost: string, perDay: string | null = null) =>
  Object.values(roundForecast({ unit, used, lost, perDay }))

describe('a forecast as it is told', () => {
  it.each([
    ['money to the cent, the loss rounded up', ['USD', '6.99714', '11.00286', '2.57143'], ['6.99', '11.01', '2.58']],
    ['money without a minor unit', ['JPY', '1234.5', '765.5', '285.71'], ['1234', '766', '286']],
    ['money with three digits', ['KWD', '1.23456', '0.76544', '0.1'], ['1.234', '0.766', '0.1']],
    ['whole credits', ['credits', '400.25', '799.75', '114.285'], ['400', '800', '115']],
    ['a loss that is almost none', ['USD', '17.99999999', '0.00000001', '18'], ['17.99', '0.01', '18']],
    ['a use that is almost none', ['USD', '0.00000001', '17.99999999', null], ['0', '18', null]],
    [
      'amounts below a cent, with their own digits',
      ['USD', '0.00012', '0.00038', '0.0001'],
      ['0.0001', '0.0004', '0.0001'],
    ],
    ['tiny amounts', ['BTC credits', '0.0000004', '0.0000006', '0.000000033'], ['0', '0.000001', '0.000000033']],
    ['amounts of 10^12', ['tokens', '999999999999.4', '0.6', '5e11'], ['999999999999', '1', '500000000000']],
    ['one credit in a year', ['credits', '0', '1', '0.002739727'], ['0', '1', '0.0028']],
    ['a use of ten and more in whole credits', ['credits', '0', '100', '14.2857'], ['0', '100', '15']],
    ['no loss at all', ['USD', '18', '0', '0'], ['18', '0', '0']],
  ] as const)('has %s', (_case, [unit, used, lost, perDay], expected) => {
    expect(told(unit, used, lost, perDay)).toEqual(expected)
  })

  it('adds up to the amount, hides no loss, and tells of enough use, whatever it is of', () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
      .map(([digits, scale]) => sumDecimals([`${digits}e-${scale}`]))
    fc.assert(
      fc.property(fc.constantFrom('USD', 'JPY', 'credits'), decimal, decimal, decimal, (unit, used, lost, perDay) => {
        const rounded = roundForecast({ unit, used, lost, perDay })
        expect(compareDecimals(sumDecimals([rounded.used, rounded.lost]), sumDecimals([used, lost]))).toBe(0)
        expect(compareDecimals(rounded.used, '0')).toBeGreaterThanOrEqual(0)
        expect(compareDecimals(rounded.lost, lost)).toBeGreaterThanOrEqual(0)
        expect(compareDecimals(rounded.perDay ?? '0', perDay)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
