import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { lookAhead } from '../../src/domain/look-ahead.ts'
import type { Category, CreditGrant } from '../../src/domain/model.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { at, someRules } from './builders.ts'
import { ending, holding, NOW } from './purses.ts'

const looked = ending('a', 7, '18.00')

/** What a mail about the first grant says beside it, where the account has these others. */
function outlookWith(others: readonly CreditGrant[], category: Category = 'warning', file: Partial<AccountFile> = {}) {
  const known = { ...holding([looked, ...others], { USD: '28.00' }), ...file }
  return lookAhead({ category, grants: [looked] }, known, momentAt(someRules(), NOW))
}
const keptWith = (...others: readonly CreditGrant[]) => outlookWith(others).kept

describe('what is kept beside the credits of a mail', () => {
  it('is all else that can be used now, by unit, with the next expiry', () => {
    const others = [ending('b', 30, '10.00'), ending('c', 20, '30.5'), ending('d', 1000, '2')]
    expect(keptWith(...others)).toEqual([{ unit: 'USD', amount: '42.50', nextExpiry: at('2026-06-14T12:00:00Z') }])
  })

  it('has the units of the mail first, and then the others by name', () => {
    const others = ['tokens', 'EUR', 'USD'].map((unit) => ending(unit, 30, '10', { unit }))
    expect(keptWith(...others).map(({ unit }) => unit)).toEqual(['USD', 'EUR', 'tokens'])
  })

  it('has no next expiry where none of it expires', () => {
    expect(keptWith(ending('b', 1000, '5'))).toEqual([{ unit: 'USD', amount: '5', nextExpiry: null }])
  })

  it.each([
    ['is spent', ending('b', 30, '0')],
    ['is overdrawn', ending('b', 30, '-4.00')],
    ['is less than would be worth a mail', ending('b', 30, '0.49')],
    ['has expired', ending('b', -1, '10')],
    ['expires this instant', ending('b', 0, '10')],
    ['is voided', ending('b', 30, '10', { voidedAt: NOW })],
    ['is not effective yet', ending('b', 30, '10', { effectiveAt: at('2026-05-25T12:00:00.001Z') })],
    ['is in the mail itself', looked],
  ])('leaves out what %s', (_case, other) => {
    expect(keptWith(other)).toEqual([])
  })

  it('is what is left, where the mail says that credits are gone; nothing is forecast then', () => {
    expect(outlookWith([ending('b', 30, '10')], 'expired')).toEqual({
      forecasts: [],
      kept: [{ unit: 'USD', amount: '10', nextExpiry: at('2026-06-24T12:00:00Z') }],
    })
  })

  it('stands beside the forecast in a warning, is left out of a correction, and unknown where nobody read it', () => {
    const others = [ending('b', 30, '10')]
    expect(outlookWith(others)).toMatchObject({ forecasts: [{ used: '7' }], kept: [{ amount: '10' }] })
    const nothing = { forecasts: [], kept: [] }
    expect(outlookWith(others, 'correction')).toEqual(nothing)
    expect(outlookWith(others, 'warning', { holdings: undefined })).toEqual(nothing)
  })
})
