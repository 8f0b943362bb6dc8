import { describe, expect, it } from 'vitest'
import { accountZone, appraiseGrant, expiryOf, startOf } from '../../src/domain/grant.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { policyFor, type Rules } from '../../src/domain/rules.ts'
import { at, policy, someAccount, someGrant, someRules } from './builders.ts'

const NOW = at('2026-05-25T10:00:00Z')
const later = (instant: Date, ms: number) => new Date(instant.getTime() + ms)

type World = Readonly<{ account?: Parameters<typeof someAccount>[0] | null; now?: Date; rules?: Rules }>

function appraised(
  grant: Parameters<typeof someGrant>[0],
  { account = {}, now = NOW, rules = someRules() }: World = {},
) {
  return appraiseGrant({
    grant: someGrant(grant),
    account: account === null ? null : someAccount(account),
    moment: momentAt(rules, now),
  })
}
/** What somebody is to be told at stake, or why nobody is. */
const verdict = (...world: Parameters<typeof appraised>) => {
  const stake = appraised(...world)
  return typeof stake === 'string' ? stake : `${stake.category} of ${stake.atStake}`
}

describe('the very instants of a life', () => {
  it('begins at its start, and not a millisecond before', () => {
    expect(verdict({ effectiveAt: NOW })).toBe('warning of 18.00')
    expect(verdict({ effectiveAt: later(NOW, 1) })).toBe('not-yet-effective')
    expect(verdict({ grantedAt: NOW })).toBe('warning of 18.00')
    expect(verdict({ grantedAt: later(NOW, 1) })).toBe('not-yet-effective')
  })

  it('begins when it becomes effective, be that before the grant or after it', () => {
    const [early, late] = [at('2025-01-01T00:00:00Z'), at('2026-05-25T10:00:00Z')]
    expect(startOf(someGrant({ effectiveAt: early }))).toEqual(early)
    expect(appraised({ effectiveAt: late })).toMatchObject({ startsAt: late })
    expect(verdict({ grantedAt: later(NOW, 1), effectiveAt: NOW })).toBe('warning of 18.00')
  })

  it('ends at the expiry, which is outside already', () => {
    expect(verdict({ expiresAt: later(NOW, 1) })).toBe('warning of 18.00')
    expect(verdict({ expiresAt: NOW })).toBe('expired of 18.00')
  })

  it('is none where it would end at its very start', () => {
    expect(verdict({ grantedAt: NOW, expiresAt: NOW })).toBe('expires-before-start')
    expect(verdict({ grantedAt: NOW, expiresAt: later(NOW, 1) })).toBe('warning of 18.00')
    expect(verdict({ effectiveAt: later(NOW, 1), expiresAt: NOW })).toBe('expires-before-start')
  })

  it('is ended by a void from its instant on', () => {
    expect(verdict({ voidedAt: NOW })).toBe('voided')
    expect(verdict({ voidedAt: later(NOW, 1) })).toBe('warning of 18.00')
  })

  it('interests nobody once the account is closed, from that instant on', () => {
    expect(verdict({}, { account: { closedAt: NOW } })).toBe('account-closed')
    expect(verdict({}, { account: { closedAt: later(NOW, 1) } })).toBe('warning of 18.00')
  })

  it('is news for as long as expiredWithin says, the last instant included', () => {
    const sevenDaysAgo = at('2026-05-18T10:00:00Z')
    expect(verdict({ expiresAt: sevenDaysAgo })).toBe('expired of 18.00')
    expect(verdict({ expiresAt: later(sevenDaysAgo, -1) })).toBe('expired-too-long-ago')
  })
})

describe('of several reasons, the one that lasts longest is given', () => {
  const silent = someRules({ policies: { purchased: policy([], { notifyExpired: false }) } })
  const old = { expiresAt: at('2026-05-01T00:00:00Z') }
  const gone = { expiresAt: at('2026-05-24T00:00:00Z') }
  it.each([
    ['no-account', { voidedAt: NOW }, { account: null }],
    ['account-closed', { voidedAt: NOW }, { account: { closedAt: NOW } }],
    ['voided', { voidedAt: NOW, expiresAt: 'never' }, {}],
    ['never-expires', { expiresAt: 'never', effectiveAt: later(NOW, 1) }, {}],
    ['expires-before-start', { expiresAt: NOW, effectiveAt: later(NOW, 1) }, {}],
    ['not-yet-effective', { effectiveAt: later(NOW, 1), remaining: '0' }, {}],
    ['expired-too-long-ago', { ...old, remaining: '0' }, { rules: silent }],
    ['expired-notice-off', { ...gone, remaining: '0' }, { rules: silent }],
    ['nothing-remaining', { remaining: '0' }, {}],
    ['below-minimum', { remaining: '0.49' }, {}],
  ] as const)('%s', (reason, grant, world) => {
    expect(verdict(grant, world)).toBe(reason)
  })
})

describe('what is at stake', () => {
  const gone = { expiresAt: at('2026-05-24T00:00:00Z') }
  it.each([
    ['before the expiry is what is left, whatever was written off', { expiredAmount: '0' }, 'warning of 18.00'],
    ['before the expiry is what is left, not what was written off', { expiredAmount: '5' }, 'warning of 18.00'],
    [
      'before the expiry is nothing, where nothing is left',
      { remaining: '0', expiredAmount: '5' },
      'nothing-remaining',
    ],
    ['after the expiry is what was written off', { ...gone, expiredAmount: '5.00' }, 'expired of 5.00'],
    [
      'after the expiry is nothing, where nothing was written off',
      { ...gone, expiredAmount: '0' },
      'nothing-remaining',
    ],
    ['after the expiry is what is left, where nothing is noted', { ...gone, expiredAmount: null }, 'expired of 18.00'],
    ['after the expiry is below the minimum too', { ...gone, expiredAmount: '0.49' }, 'below-minimum'],
    ['is the minimum itself', { remaining: '0.5' }, 'warning of 0.5'],
    ['in a unit without a minimum is anything', { unit: 'credits', remaining: '1e-9' }, 'warning of 1e-9'],
    ["in a unit that is named as every object's own", { unit: 'constructor', remaining: '1' }, 'warning of 1'],
    ['is not less than nothing', { unit: 'credits', remaining: '-0.01' }, 'nothing-remaining'],
  ])('%s', (_, grant, expected) => {
    expect(verdict(grant)).toBe(expected)
  })

  it('may have a minimum of nothing at all, and zero is still not worth a mail', () => {
    const rules = someRules({ minimumRemaining: { USD: '0' } })
    expect(verdict({ remaining: '0' }, { rules })).toBe('nothing-remaining')
    expect(verdict({ remaining: '0.01' }, { rules })).toBe('warning of 0.01')
  })
})

describe('the expiry', () => {
  const rules = someRules({ policies: { purchased: policy([], { validity: 'P1Y' }) } })

  it('is the stated one, whatever the validity', () => {
    const expiresAt = at('2030-01-01T00:00:00Z')
    expect(expiryOf(someGrant({ expiresAt }), rules, 'UTC')).toEqual(expiresAt)
    expect(expiryOf(someGrant({ expiresAt: 'never' }), rules, 'UTC')).toBeNull()
  })

  it('else follows from the grant date, not from when the grant becomes effective', () => {
    const grant = someGrant({ expiresAt: null, effectiveAt: at('2025-09-01T00:00:00Z') })
    expect(expiryOf(grant, rules, 'UTC')).toEqual(at('2026-06-01T12:00:00Z'))
  })

  it("is none where the kind's policy has no validity, though the default has one", () => {
    const gifts = someRules({ policies: { gift: policy([]) }, defaultPolicy: policy([], { validity: 'P1Y' }) })
    expect(expiryOf(someGrant({ kind: 'gift', expiresAt: null }), gifts, 'UTC')).toBeNull()
    expect(expiryOf(someGrant({ kind: 'bonus', expiresAt: null }), gifts, 'UTC')).toEqual(at('2026-06-01T12:00:00Z'))
  })

  it("of a kind that is named as every object's own follows the default", () => {
    expect(policyFor(rules, 'constructor')).toBe(rules.defaultPolicy)
    expect(policyFor(rules, 'purchased')).toBe(rules.policies.purchased)
  })

  it("is counted in the account's zone where it is a known one, else in that of the rules", () => {
    const berlin = someRules({ timeZone: 'Europe/Berlin' })
    const zoneOf = (timeZone: string | null) => accountZone(someAccount({ timeZone }), berlin)
    expect(['Asia/Kolkata', null, 'Mars/Base', ''].map(zoneOf)).toEqual([
      'Asia/Kolkata',
      ...Array(3).fill('Europe/Berlin'),
    ])
    expect(accountZone(null, berlin)).toBe('Europe/Berlin')
  })
})
