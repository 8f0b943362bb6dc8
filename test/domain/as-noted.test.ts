import { describe, expect, it } from 'vitest'
import { asNoted, type GrantNotes } from '../../src/domain/as-noted.ts'
import { at, someGrant } from './builders.ts'

const NOW = at('2026-12-01T00:00:00Z')
const GRANT = someGrant({ remaining: '5', expiresAt: at('2026-08-01T00:00:00Z'), expiredAmount: '7' })
const NOTES: GrantNotes = {
  expiries: [
    { at: at('2026-05-01T00:00:00Z'), value: at('2026-06-01T00:00:00Z') },
    { at: at('2026-05-11T00:00:00Z'), value: null },
  ],
  amounts: [{ at: at('2026-05-01T00:00:00Z'), value: '18.00' }],
}
const noted = (instant: string, notes = NOTES) => asNoted(GRANT, notes, { at: at(instant), now: NOW })

describe('a grant at a past time', () => {
  it('is told by the note nearest in time, before or after', () => {
    expect(noted('2026-05-05T23:59:59Z').grant.expiresAt).toEqual(at('2026-06-01T00:00:00Z'))
    // As far from one as from the other: the earlier was known then.
    expect(noted('2026-05-06T00:00:00Z').grant.expiresAt).toEqual(at('2026-06-01T00:00:00Z'))
    expect(noted('2026-05-06T00:00:01Z').grant.expiresAt).toBe('never')
    expect(noted('2026-04-01T00:00:00Z').grant.expiresAt).toEqual(at('2026-06-01T00:00:00Z'))
  })

  it('has what was noted as left, also where the ledger of the company wrote it off since', () => {
    const { grant, amount, current } = noted('2026-05-02T00:00:00Z')
    expect(grant).toMatchObject({ remaining: '18.00', expiredAmount: null })
    expect(amount?.at).toEqual(at('2026-05-01T00:00:00Z'))
    expect(current).toBe(GRANT)
  })

  it('is told by the billing data where these are nearer, or nothing was noted', () => {
    expect(noted('2026-11-01T00:00:00Z')).toMatchObject({ grant: GRANT, expiry: null, amount: null })
    const never = noted('2026-05-01T00:00:00Z', { expiries: [], amounts: [] })
    expect(never).toMatchObject({ grant: GRANT, expiry: null, amount: null })
  })
})
