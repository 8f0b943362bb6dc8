import { describe, expect, it } from 'vitest'
import { planAccount } from '../../src/domain/plan.ts'
import { closedBy, isAboutSame, type LedgerNotice, stageLengthMs } from '../../src/domain/told.ts'
import { at, contextAt, policy, someFile, someRules } from './builders.ts'

const expiresAt = at('2026-06-01T12:00:00Z')
const person = { contactIds: ['con_1'], address: 'ana@example.com' }

function notice(more: Partial<LedgerNotice> = {}): LedgerNotice {
  return {
    id: 'n_1',
    mailId: 'mail',
    grantId: 'cg_1',
    contactId: 'con_1',
    address: 'ana@example.com',
    expiresAt,
    stage: 'P7D',
    state: 'sent',
    ...more,
  }
}

describe.each([
  ['sent', 'already-told'],
  ['planned', 'awaiting-delivery'],
  ['held', 'awaiting-delivery'],
  ['failed', 'delivery-failed'],
  ['discarded', 'discarded'],
] as const)('a notice that is %s', (state, reason) => {
  const rules = someRules({ sendAt: 'anytime', policies: { purchased: policy(['P30D', 'P7D', 'P1D']) } })
  const planAfter = (stage: string, now: string) =>
    planAccount(someFile({ told: [notice({ stage, state })] }), contextAt(at(now), rules))

  it.each([
    ['its own stage', 'P7D'],
    ['a wider stage, which is due later than it was told', 'P1D'],
    ['a stage of the same length under another name', 'P1W'],
    ['every warning, where it is the final notice', 'expired'],
  ])(`closes %s, with the reason ${reason}`, (_, stage) => {
    const { mails, skips } = planAfter(stage, '2026-05-26T12:00:00Z')
    expect(mails).toEqual([])
    expect(skips).toMatchObject([{ grantId: 'cg_1', reason, expiresAt }])
  })

  it('leaves a tighter stage to be told', () => {
    const { mails } = planAfter('P7D', '2026-05-31T12:00:00Z')
    expect(mails.flatMap(({ notices }) => notices)).toMatchObject([{ stage: 'P1D' }])
  })

  it('leaves the final notice to be told', () => {
    const { mails } = planAfter('P1D', '2026-06-01T12:00:00Z')
    expect(mails.flatMap(({ notices }) => notices)).toMatchObject([{ stage: 'expired' }])
  })
})

describe('of several notices that close a stage, the one nearest to the reader gives the reason', () => {
  const order = ['sent', 'planned', 'held', 'failed', 'discarded'] as const
  const reasonOf = (...states: LedgerNotice['state'][]) =>
    closedBy(
      states.map((state) => notice({ state })),
      { person, grantId: 'cg_1', expiresAt, stage: 'P7D' },
    )
  const pairs = order.flatMap((near, index) => order.slice(index + 1).map((far) => [near, far] as const))

  it.each(pairs)('%s before %s', (near, far) => {
    expect(reasonOf(far, near)).toBe(reasonOf(near))
    expect(reasonOf(near, far)).toBe(reasonOf(near))
  })
})

describe('a notice speaks of the same', () => {
  const about = { person, grantId: 'cg_1', expiresAt }
  it.each([
    ['to the same row at the same address', {}, true],
    ['to a row whose address was another one', { address: 'old@example.com' }, true],
    ['to the address under another row', { contactId: 'con_9' }, true],
    ['not to another row and address', { contactId: 'con_9', address: 'bo@example.com' }, false],
    ['not of another grant', { grantId: 'cg_9' }, false],
    ['not of another expiry, a millisecond off', { expiresAt: at('2026-06-01T12:00:00.001Z') }, false],
  ])('%s', (_, more, expected) => {
    expect(isAboutSame(notice(more), about)).toBe(expected)
  })

  it('to each of the rows that have the address now', () => {
    const twins = { ...about, person: { contactIds: ['con_1', 'con_2'], address: 'ana@new.example' } }
    expect(['con_1', 'con_2', 'con_3'].map((contactId) => isAboutSame(notice({ contactId }), twins))).toEqual([
      ...[true, true, false],
    ])
  })
})

describe('the length of a stage', () => {
  it.each([
    ['P1Y7M', 'P19M'],
    ['P1Y', 'P12M'],
    ['P1W', 'P7D'],
    ['P1D', 'PT24H'],
    ['PT36H', 'P1DT12H'],
    ['PT1H', 'PT3600S'],
  ])('%s is that of %s', (one, other) => {
    expect(stageLengthMs(one)).toBe(stageLengthMs(other))
    expect(stageLengthMs(one)).toBeGreaterThan(0)
  })

  it('puts each stage in its place: the final notice last, and first what has no length that is known', () => {
    const stages = [
      ...['soon', 'P2Y', 'P366D', 'P1Y', 'P1M1D', 'P31D', 'P1M', 'P30D', 'P4W', 'P7D', 'PT36H', 'P1D', 'PT1H', 'PT1M'],
      ...['PT1S', 'expired'],
    ]
    expect(stages.toReversed().toSorted((a, b) => stageLengthMs(b) - stageLengthMs(a))).toEqual(stages)
    expect([stageLengthMs('soon'), stageLengthMs('expired')]).toEqual([Number.POSITIVE_INFINITY, 0])
  })
})
