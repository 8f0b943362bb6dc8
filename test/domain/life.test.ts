import { describe, expect, it } from 'vitest'
import { at, policy, someGrant } from './builders.ts'
import { World } from './world.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const expiresAt = at('2026-06-01T12:00:00Z')
const before = (days: number, hours = 0) => new Date(expiresAt.getTime() - days * DAY_MS - hours * HOUR_MS)

function ladderWorld() {
  return new World(
    { grants: [someGrant({ expiresAt, kind: 'purchased' })] },
    { sendAt: 'anytime', policies: { purchased: policy(['P8D', 'P5D', 'P2D']) } },
  )
}

describe('the life of a grant with the ladder P8D, P5D, P2D, at any time', () => {
  it('brings 0, 1, 1, 2, 3, 3 and 3 warnings and one final notice over a table of runs', () => {
    const world = ladderWorld()
    const runs: [Date, number, number][] = [
      [before(9), 0, 0],
      [before(7.5), 1, 0],
      [before(7), 1, 0],
      [before(4, -1), 2, 0],
      [before(1.5), 3, 0],
      [before(0.5), 3, 0],
      [before(-2), 3, 1],
    ]
    for (const [now, warnings, expired] of runs) {
      world.runAt(now)
      expect(world.counts(), now.toISOString()).toEqual({ warning: warnings, expired })
    }
  })

  it('sends one mail, not three, when the runs of days were missed, and says so late', () => {
    const world = ladderWorld()
    const { mails } = world.runAt(before(1))
    expect(mails.flatMap((mail) => mail.notices.map(({ stage }) => stage))).toEqual(['P2D'])
    expect(world.runAt(before(0, 1)).mails).toEqual([])
  })

  it('brings nothing from a second run at the same time', () => {
    const world = ladderWorld()
    for (const days of [8, 5, 2, -1]) {
      expect(world.runAt(before(days)).mails).toHaveLength(1)
      const again = world.runAt(before(days))
      expect(again.mails).toEqual([])
      expect(again.skips.map(({ reason }) => reason)).toEqual(['already-told'])
    }
  })

  it('treats the expiry instant as already outside: the last warning before it, the final notice from it on', () => {
    const lastMoment = new Date(expiresAt.getTime() - 1)
    expect(
      ladderWorld()
        .runAt(lastMoment)
        .mails.map(({ category }) => category),
    ).toEqual(['warning'])
    expect(
      ladderWorld()
        .runAt(expiresAt)
        .mails.map(({ category }) => category),
    ).toEqual(['expired'])
  })

  it('makes every rung live again when the expiry is moved', () => {
    const world = ladderWorld()
    world.runAt(before(5))
    const later = new Date(expiresAt.getTime() + 2 * DAY_MS)
    world.file = { ...world.file, grants: [someGrant({ expiresAt: later })] }
    const { mails } = world.runAt(before(4))
    expect(mails.flatMap((mail) => mail.notices)).toMatchObject([{ stage: 'P8D', expiresAt: later }])
  })

  it('keeps silent about an expiry older than expiredWithin', () => {
    const world = ladderWorld()
    expect(world.runAt(before(-7)).mails).toHaveLength(1)
    expect(ladderWorld().runAt(new Date(before(-7).getTime() + 1))).toEqual({ mails: [], skips: [] })
  })
})

describe('a short promotion', () => {
  it('of 7 days gets no 30-day warning, and its 7-day rung only if it does not fall before its life', () => {
    const grant = someGrant({
      kind: 'promotional',
      grantedAt: at('2026-05-25T12:00:00Z'),
      expiresAt,
    })
    const world = new World({ grants: [grant] }, { policies: { promotional: policy(['P30D', 'P7D', 'P1D']) } })
    // The P7D rung falls at 09:00 on 25 May, three hours before the grant.
    expect(world.runAt(at('2026-05-25T12:00:00Z')).skips.map(({ reason }) => reason)).toEqual(['not-due'])
    expect(world.runAt(at('2026-05-31T09:00:00Z')).mails.flatMap(({ notices }) => notices)).toMatchObject([
      { stage: 'P1D' },
    ])
  })

  it('whose every rung falls before its life is skipped with no-rung, and is still told when it is gone', () => {
    const grant = someGrant({ kind: 'promotional', grantedAt: at('2026-06-01T00:00:00Z'), expiresAt })
    const world = new World({ grants: [grant] }, { sendAt: 'anytime' })
    expect(world.runAt(at('2026-06-01T06:00:00Z')).skips.map(({ reason }) => reason)).toEqual(['no-rung'])
    expect(world.runAt(expiresAt).mails.map(({ category }) => category)).toEqual(['expired'])
  })

  it('of which a later effective date leaves only the last day, is not warned before that date', () => {
    const grant = someGrant({ effectiveAt: at('2026-05-31T00:00:00Z'), expiresAt })
    const world = new World({ grants: [grant] })
    expect(world.runAt(at('2026-05-30T23:59:59Z')).skips.map(({ reason }) => reason)).toEqual(['not-yet-effective'])
    expect(world.runAt(at('2026-05-31T09:00:00Z')).mails).toHaveLength(1)
  })
})
