import { describe, expect, it } from 'vitest'
import { type NothingDue, noticeDue, noticesAhead, noticesOf } from '../../src/domain/due.ts'
import { ladderOf } from '../../src/domain/ladder.ts'
import { EXPIRED_STAGE } from '../../src/domain/model.ts'
import { momentAt } from '../../src/domain/reach.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { at, policy, someGrant, someRules } from './builders.ts'

const START = at('2026-05-01T00:00:00Z')
const EXPIRY = at('2026-06-01T12:00:00Z')
const later = (instant: Date, ms: number) => new Date(instant.getTime() + ms)

type World = Readonly<{ ladder: readonly string[]; sendAt?: Rules['sendAt']; startsAt?: Date; expiresAt?: Date }>

function dueAt(now: Date, { ladder, sendAt = 'anytime', startsAt = START, expiresAt = EXPIRY }: World): string {
  const rules = someRules({ sendAt, policies: { purchased: policy(ladder) } })
  const category = expiresAt <= now ? 'expired' : 'warning'
  const prospect = {
    grant: someGrant(),
    timeZone: 'UTC',
    person: { contactIds: ['con_1'], address: 'ana@example.com' },
    stake: { category, startsAt, expiresAt, atStake: '18.00' },
  } as const
  const answer = noticeDue(prospect, [], momentAt(rules, now))
  return 'stage' in answer
    ? `${answer.stage} since ${answer.dueAt.toISOString()}`
    : (answer satisfies NothingDue).reason
}

describe('a rung is due', () => {
  it('from its very instant on', () => {
    const sevenDaysBefore = at('2026-05-25T12:00:00Z')
    expect(dueAt(sevenDaysBefore, { ladder: ['P7D'] })).toBe('P7D since 2026-05-25T12:00:00.000Z')
    expect(dueAt(later(sevenDaysBefore, -1), { ladder: ['P7D'] })).toBe('not-due')
  })

  it('until the last millisecond before the expiry, from which on it is the final notice', () => {
    expect(dueAt(later(EXPIRY, -1), { ladder: ['P7D'] })).toBe('P7D since 2026-05-25T12:00:00.000Z')
    expect(dueAt(EXPIRY, { ladder: ['P7D'] })).toBe('expired since 2026-06-01T12:00:00.000Z')
  })

  it('where it falls on the very start of the life, and not where it falls before', () => {
    const startsAt = at('2026-05-25T12:00:00Z')
    expect(dueAt(startsAt, { ladder: ['P7D'], startsAt })).toBe('P7D since 2026-05-25T12:00:00.000Z')
    expect(dueAt(later(startsAt, 1), { ladder: ['P7D'], startsAt: later(startsAt, 1) })).toBe('no-rung')
  })

  it('only if the policy has rungs at all', () => {
    expect(dueAt(later(EXPIRY, -1), { ladder: [] })).toBe('no-rung')
  })

  it('never at the expiry itself', () => {
    const life = { startsAt: START, expiresAt: EXPIRY }
    expect(ladderOf(policy(['P0D', 'PT0S']), life, { sendAt: 'anytime', timeZone: 'UTC' })).toEqual([])
  })
})

describe('of several rungs that are due, the tightest is', () => {
  it('the one nearest to the expiry, in whichever order the ladder has them', () => {
    const now = at('2026-05-31T12:00:00Z')
    for (const ladder of [
      ['P7D', 'P2D', 'P1D'],
      ['P1D', 'P2D', 'P7D'],
      ['P2D', 'P1D', 'P7D'],
    ]) {
      expect(dueAt(now, { ladder })).toBe('P1D since 2026-05-31T12:00:00.000Z')
    }
  })

  it('the shortest, not the one that fell due last: P1D at 09:00 comes before PT36H of an expiry at 23:00', () => {
    const world = { ladder: ['PT36H', 'P1D'], sendAt: { hour: 9, minute: 0 }, expiresAt: at('2026-06-01T23:00:00Z') }
    const P1D = 'P1D since 2026-05-31T09:00:00.000Z'
    expect(dueAt(at('2026-05-31T08:59:59Z'), world)).toBe('not-due')
    expect(dueAt(at('2026-05-31T09:00:00Z'), world)).toBe(P1D)
    expect(dueAt(at('2026-05-31T11:00:00Z'), world)).toBe(P1D)
    expect(dueAt(at('2026-06-01T22:59:59Z'), world)).toBe(P1D)
  })
})

describe('the final notice', () => {
  const sendAt = { hour: 9, minute: 0 }

  it('waits for the time of day', () => {
    expect(dueAt(at('2026-06-02T08:59:59Z'), { ladder: ['P7D'], sendAt })).toBe('not-due')
    expect(dueAt(at('2026-06-02T09:00:00Z'), { ladder: ['P7D'], sendAt })).toBe(
      'expired since 2026-06-02T09:00:00.000Z',
    )
  })

  it('is ahead where the policy wants it, and is the only one of its sort', () => {
    const ahead = (notifyExpired: boolean) => {
      const rules = someRules({ policies: { purchased: policy(['P7D', 'P1D'], { notifyExpired }) } })
      const stake = { category: 'warning', startsAt: START, expiresAt: EXPIRY, atStake: '18.00' } as const
      return noticesAhead({ grant: someGrant(), stake, timeZone: 'UTC' }, rules)
    }
    const stagesOf = (notices: ReturnType<typeof ahead>) => notices.map(({ stage }) => stage)
    expect(stagesOf(ahead(true))).toEqual(['P7D', 'P1D', EXPIRED_STAGE])
    expect(stagesOf(ahead(false))).toEqual(['P7D', 'P1D'])
    expect(stagesOf(noticesOf('warning', ahead(true)))).toEqual(['P7D', 'P1D'])
    expect(stagesOf(noticesOf('expired', ahead(true)))).toEqual([EXPIRED_STAGE])
  })
})
