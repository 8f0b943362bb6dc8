import { describe, expect, it } from 'vitest'
import { confirmMail } from '../../src/domain/confirm.ts'
import { formerlyTold } from '../../src/domain/correction.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { planAccount } from '../../src/domain/plan.ts'
import { at, policy, someAccount, someContact, someGrant } from './builders.ts'
import { asTold, World } from './world.ts'

const TOLD = at('2026-06-01T12:00:00Z')
const LATER = at('2026-12-01T12:00:00Z')
const WARNED_AT = at('2026-05-25T12:00:00Z')
const NOW = at('2026-05-26T12:00:00Z')

/** A world whose reader was warned of `TOLD`, and whose grant has changed since. */
function warnedWorld(change: Partial<CreditGrant>, rules: ConstructorParameters<typeof World>[1] = {}): World {
  const world = new World({}, { sendAt: 'anytime', ...rules })
  world.runAt(WARNED_AT)
  world.file = { ...world.file, grants: [someGrant(change)] }
  return world
}

/** What a run says of corrections: `stage expiry, said expiry`, or the reason for none; nothing where it does not speak of the grant. */
function outcome(world: World, now = NOW): string | undefined {
  const { mails, skips } = world.runAt(now)
  const notice = mails.find(({ category }) => category === 'correction')?.notices[0]
  if (notice === undefined) return skips[0]?.reason
  return `${notice.stage} ${notice.expiresAt.toISOString()}, ${notice.told?.said} ${notice.told?.expiresAt.toISOString()}`
}

const CORRECTED = 'correction 2026-12-01T12:00:00.000Z, expiring 2026-06-01T12:00:00.000Z'

describe('a correction is due', () => {
  it('once, where the expiry that was told of is later now, far beyond all rungs', () => {
    const world = warnedWorld({ expiresAt: LATER })
    expect(outcome(world)).toBe(CORRECTED)
    expect(outcome(world)).toBeUndefined()
  })

  it('where there is no expiry any more, under an instant of its own', () => {
    const told = 'expiring 2026-06-01T12:00:00.000Z'
    expect(outcome(warnedWorld({ expiresAt: 'never' }))).toBe(`correction 9999-12-31T00:00:00.000Z, ${told}`)
    expect(outcome(warnedWorld({ expiresAt: at('9999-12-31T23:59:59Z') }))).toContain('9999-12-31T00:00:00.000Z')
    expect(outcome(warnedWorld({ expiresAt: null, kind: 'own' }))).toContain('9999-12-31T00:00:00.000Z')
    // By the validity of its kind, it expires as was told.
    expect(outcome(warnedWorld({ expiresAt: null }))).toBe('already-told')
  })

  it('where credits that were told to be gone are there again, as long as that is news', () => {
    const gone = () => {
      const world = new World({}, { sendAt: 'anytime' })
      world.runAt(TOLD)
      world.file = { ...world.file, grants: [someGrant({ expiresAt: LATER })] }
      return world
    }
    expect(outcome(gone(), at('2026-06-08T12:00:00Z'))).toContain('gone 2026-06-01T12:00:00.000Z')
    expect(outcome(gone(), at('2026-06-08T12:00:00.001Z'))).toBeUndefined()
  })

  it("from the day's sending time on the reader's clock", () => {
    const world = warnedWorld({ expiresAt: LATER }, { sendAt: { hour: 9, minute: 0 } })
    world.file = { ...world.file, contacts: [someContact({ timeZone: 'America/New_York' })] }
    expect(outcome(world, at('2026-05-26T12:59:59Z'))).toBe('not-due')
    expect(outcome(world, at('2026-05-26T13:00:00Z'))).toBe(CORRECTED)
  })

  it('where no sweep has looked since the sending time of the day before, then: else it would never be, by a sweep a day', () => {
    const outcomeSince = (lookedAt: string | null) => {
      const world = warnedWorld({ expiresAt: LATER }, { sendAt: { hour: 9, minute: 0 } })
      const { moment, ...context } = world.contextAt(at('2026-05-27T08:00:00Z'))
      const { mails } = planAccount(world.file, {
        ...context,
        moment: { ...moment, lookedAt: lookedAt === null ? null : at(lookedAt) },
      })
      return mails[0]?.notices[0]?.dueAt
    }
    expect(outcomeSince('2026-05-26T08:00:00Z')).toEqual(at('2026-05-26T09:00:00Z'))
    expect(outcomeSince('2026-05-26T09:00:00Z')).toBeUndefined()
    expect(outcomeSince(null)).toBeUndefined()
  })

  it('to each reader who was told, and to no other', () => {
    const world = warnedWorld({ expiresAt: LATER })
    const late = someContact({ id: 'con_2', email: 'bob@example.com' })
    world.file = { ...world.file, contacts: [...world.file.contacts, late] }
    expect(world.runAt(NOW).mails.map(({ to }) => to)).toEqual(['ana@example.com'])
  })

  it('to whoever has the address that was told, under another id', () => {
    const world = warnedWorld({ expiresAt: LATER })
    world.file = { ...world.file, contacts: [someContact({ id: 'con_9' })] }
    expect(outcome(world)).toBe(CORRECTED)
  })

  it('again of each further move, and of the first expiry after another was told', () => {
    const world = warnedWorld({ expiresAt: LATER })
    world.runAt(NOW)
    world.file = { ...world.file, grants: [someGrant({ expiresAt: at('2027-12-01T12:00:00Z') })] }
    expect(outcome(world)).toBe('correction 2027-12-01T12:00:00.000Z, expiring 2026-12-01T12:00:00.000Z')
    const earlier = warnedWorld({ expiresAt: at('2026-05-28T12:00:00Z') })
    expect(earlier.runAt(NOW).mails[0]?.category).toBe('warning')
    earlier.file = { ...earlier.file, grants: [someGrant({ expiresAt: TOLD })] }
    expect(outcome(earlier)).toBe('correction 2026-06-01T12:00:00.000Z, expiring 2026-05-28T12:00:00.000Z')
  })
})

describe('no correction is due', () => {
  const changes: Readonly<Record<string, readonly [change: Partial<CreditGrant>, outcome: string | undefined]>> = {
    'of an expiry that moved to earlier': [{ expiresAt: at('2026-05-31T12:00:00Z') }, undefined],
    'where a warning tells the new date': [{ expiresAt: at('2026-06-02T12:00:00Z') }, undefined],
    'for nothing': [{ expiresAt: LATER, remaining: '0.49' }, undefined],
    'of a voided grant': [{ expiresAt: LATER, voidedAt: WARNED_AT }, undefined],
    'of a life that is still to begin': [{ expiresAt: LATER, effectiveAt: at('2026-06-01T00:00:00Z') }, undefined],
  }
  it.each(Object.entries(changes))('%s', (_what, [change, expected]) => {
    expect(outcome(warnedWorld(change))).toBe(expected)
  })

  it.each([
    ['2026-05-31T23:59:59Z', '2026-06-01T00:00:00Z', false],
    ['2026-05-31T23:59:59.999Z', '2026-06-01T00:00:59.998Z', false],
    ['2026-05-31T23:59:59Z', '2026-06-01T00:00:59Z', true],
  ])('of a move that no reader could see: %s to %s', (before, after, isSeen) => {
    const world = new World({ grants: [someGrant({ expiresAt: at(before) })] })
    world.runAt(at('2026-05-30T12:00:00Z'))
    const person = { contactIds: ['con_1'], address: 'ana@example.com' }
    const about = { person, grantId: 'cg_1', expiresAt: at(after) }
    expect(formerlyTold(world.file.told, about, world.contextAt(NOW).moment) !== null).toBe(isSeen)
  })

  it('where the policy says so', () => {
    const policies = { purchased: policy(['P7D'], { notifyCorrection: false }) }
    expect(outcome(warnedWorld({ expiresAt: LATER }, { policies }))).toBeUndefined()
  })

  it('of a closed account, nor to whoever opted out of warnings', () => {
    const world = warnedWorld({ expiresAt: LATER })
    world.file = { ...world.file, account: someAccount({ closedAt: WARNED_AT }) }
    expect(outcome(world)).toBeUndefined()
    const quiet = warnedWorld({ expiresAt: LATER })
    quiet.file = { ...quiet.file, contacts: [someContact({ optedOut: 'warnings' })] }
    expect(outcome(quiet)).toBe('unsubscribed')
  })

  it.each([
    ['planned', 'awaiting-delivery'],
    ['held', 'awaiting-delivery'],
    ['failed', 'delivery-failed'],
    ['discarded', 'discarded'],
  ] as const)('where one is %s', (state, reason) => {
    const world = warnedWorld({ expiresAt: LATER })
    const { told } = world.file
    const [mail] = world.runAt(NOW).mails
    if (mail === undefined) throw new Error('nothing was planned')
    world.file = { ...world.file, told: [...told, ...asTold(mail, state)] }
    expect(outcome(world)).toBe(reason)
  })

  it('where nobody was told before, be it planned, failed or discarded', () => {
    for (const state of ['planned', 'held', 'failed', 'discarded'] as const) {
      const world = warnedWorld({ expiresAt: LATER })
      world.file = { ...world.file, told: world.file.told.map((notice) => ({ ...notice, state })) }
      expect(outcome(world)).toBeUndefined()
    }
  })
})

it('a correction closes no rung of the new expiry', () => {
  const world = warnedWorld({ expiresAt: LATER })
  world.runAt(NOW)
  const { mails } = world.runAt(at('2026-11-24T12:00:00Z'))
  expect(mails).toMatchObject([{ category: 'warning', notices: [{ stage: 'P7D' }] }])
})

it('a correction is tried for as long as it would be news, a day at least, and not beyond the new expiry', () => {
  const deadline = (expiresAt: Date | 'never', now = NOW) => warnedWorld({ expiresAt }).runAt(now).mails[0]?.deadline
  expect(deadline(LATER)).toEqual(at('2026-06-02T12:00:00Z'))
  expect(deadline('never')).toEqual(at('2026-06-02T12:00:00Z'))
})

describe('just before it is built, a correction', () => {
  const planned = (change: Partial<CreditGrant>) => {
    const world = warnedWorld({ expiresAt: LATER })
    const [mail] = world.runAt(NOW).mails
    if (mail === undefined) throw new Error('nothing was planned')
    const notices = asTold(mail, 'planned')
    world.file = {
      ...world.file,
      grants: [someGrant({ expiresAt: LATER, ...change })],
      told: [...world.file.told.slice(0, -1), ...notices],
    }
    return { world, mail: { ...mail, id: 'mail', notices } }
  }

  it('goes out with what was told before', () => {
    const { world, mail } = planned({})
    const { lines } = confirmMail(mail, world.file, world.contextAt(NOW))
    expect(lines).toMatchObject([
      { stage: 'correction', expiresAt: LATER, told: { said: 'expiring', expiresAt: TOLD } },
    ])
  })

  it.each<[reason: string, change: Partial<CreditGrant>, at: string]>([
    ['expiry-moved', { expiresAt: at('2027-01-01T00:00:00Z') }, '2026-05-26T13:00:00Z'],
    ['expiry-moved', { expiresAt: 'never' }, '2026-05-26T13:00:00Z'],
    ['nothing-remaining', { remaining: '0' }, '2026-05-26T13:00:00Z'],
    ['voided', { voidedAt: NOW }, '2026-05-26T13:00:00Z'],
    ['expired-meanwhile', {}, '2026-12-01T12:00:00Z'],
    ['expired-too-long-ago', {}, '2026-06-09T12:00:00Z'],
  ])('goes: %s', (reason, change, instant) => {
    const { world, mail } = planned(change)
    const { dropped } = confirmMail(mail, world.file, world.contextAt(at(instant)))
    expect(dropped).toMatchObject([{ reason }])
  })

  it('goes where the person was told meanwhile, or is about to be by a warning', () => {
    const { world, mail } = planned({})
    const [notice] = mail.notices
    if (notice === undefined) throw new Error('nothing was planned')
    const other = { ...notice, id: 'other', mailId: 'other', stage: 'P30D' }
    const droppedWith = (state: 'sent' | 'planned') =>
      confirmMail(mail, { ...world.file, told: [...world.file.told, { ...other, state }] }, world.contextAt(NOW))
        .dropped
    expect(droppedWith('sent')).toMatchObject([{ reason: 'already-told' }])
    expect(droppedWith('planned')).toMatchObject([{ reason: 'superseded' }])
  })
})
