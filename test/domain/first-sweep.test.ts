import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { describeFirstSweep, type FirstSweep, grantsPastEarlierStages } from '../../src/domain/first-sweep.ts'
import { planAccount } from '../../src/domain/plan.ts'
import { at, contextAt, policy, someContact, someFile, someGrant, someRules } from './builders.ts'

const RULES = someRules({ policies: { purchased: policy(['P30D', 'P7D', 'P1D']), gift: policy([]) } })
const EXPIRY = someGrant().expiresAt as Date

const pastAt = (now: string, more: Partial<AccountFile> = {}) => {
  const file = someFile(more)
  const context = contextAt(at(now), RULES)
  return grantsPastEarlierStages(file, planAccount(file, context).mails, context.moment)
}

describe('of a grant that a first sweep tells of, earlier stages had passed', () => {
  it.each([
    ['the widest rung is due', '2026-05-03T10:00:00Z', []],
    ['the second is', '2026-05-26T10:00:00Z', ['cg_1']],
    ['the credits are gone', '2026-06-02T10:00:00Z', ['cg_1']],
    ['nothing is due yet', '2026-04-01T10:00:00Z', []],
    ['it is too late to tell anything', '2026-07-01T10:00:00Z', []],
  ])('when %s: at %s, %j', (_when, now, grants) => {
    expect(EXPIRY).toEqual(at('2026-06-01T12:00:00Z'))
    expect(pastAt(now)).toEqual(grants)
  })

  it('unless they fell before its life', () => {
    expect(pastAt('2026-05-26T10:00:00Z', { grants: [someGrant({ grantedAt: at('2026-05-10T00:00:00Z') })] })).toEqual(
      [],
    )
  })

  it('unless its policy has none', () => {
    expect(pastAt('2026-06-02T10:00:00Z', { grants: [someGrant({ kind: 'gift' })] })).toEqual([])
  })

  it('for each contact that is told of it', () => {
    const contacts = [someContact(), someContact({ id: 'con_2', email: 'bo@example.com' })]
    expect(pastAt('2026-05-26T10:00:00Z', { contacts })).toEqual(['cg_1', 'cg_1'])
  })
})

describe('a first sweep in words', () => {
  const some: FirstSweep = {
    warnings: 27,
    finalNotices: 6,
    addresses: 31,
    pastEarlierStages: 14,
    olderExpiries: 1204,
    expiredWithin: 'P7D',
  }

  it('says what it tells and what it leaves alone', () => {
    expect(describeFirstSweep(some)).toEqual([
      'first sweep: 27 warnings and 6 final notices to 31 addresses',
      'left alone: 1204 expiries older than expiredWithin (P7D); the earlier stages of 14 grants, told by the latest alone',
    ])
  })

  it('counts one as one, and leaves out what there is not', () => {
    const one = { ...some, warnings: 1, finalNotices: 1, addresses: 1, pastEarlierStages: 1, olderExpiries: 1 }
    expect(describeFirstSweep(one)).toEqual([
      'first sweep: 1 warning and 1 final notice to 1 address',
      'left alone: 1 expiry older than expiredWithin (P7D); the earlier stages of 1 grant, told by the latest alone',
    ])
    const none = { ...some, warnings: 0, finalNotices: 0, addresses: 0, pastEarlierStages: 0, olderExpiries: 0 }
    expect(describeFirstSweep(none)).toEqual([
      'first sweep: 0 warnings and 0 final notices to 0 addresses',
      'left alone: nothing',
    ])
  })

  it('does not claim to have counted further than it did', () => {
    const [, left] = describeFirstSweep({ ...some, olderExpiries: 100_000, pastEarlierStages: 0 })
    expect(left).toBe('left alone: 100000 expiries or more older than expiredWithin (P7D)')
  })
})
