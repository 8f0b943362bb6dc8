import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { confirmMail } from '../../src/domain/confirm.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { planAccount } from '../../src/domain/plan.ts'
import { tellStory } from '../../src/domain/story.ts'
import { at, contextAt, policy, someContact, someFile, someGrant, someRules } from './builders.ts'
import { asTold, World } from './world.ts'

const GRANT = someGrant({ remaining: '18.00', expiresAt: at('2026-06-01T12:00:00Z') })
/** At 09:00 of the day: 30 days, 7 days and a day before, and the day after. */
const [MONTH, WEEK, DAY, AFTER] = ['05-02', '05-25', '05-31', '06-02'].map((day) => at(`2026-${day}T09:00:00Z`)) as [
  Date,
  Date,
  Date,
  Date,
]
const RUNGS = ['P30D', 'P7D', 'P1D']
const SPARING = someRules({ policies: { purchased: policy(RUNGS, { skipIfUsedUp: true }) } })
const TELLING = someRules({ policies: { purchased: policy(RUNGS) } })

/** An account that uses so much in 28 days. */
function using(usage: string | null, more: Partial<AccountFile> = {}): AccountFile {
  const known = new Map(usage === null ? [] : [['USD', usage]])
  return someFile({ grants: [GRANT], holdings: { grants: [GRANT], usage: known }, ...more })
}

/** Enough by the first of the warnings; and too little, whenever. */
const [MUCH, LITTLE] = ['280.00', '1.00']

/** What happens to the grant at a time: the stage that is told, or the reason. */
function outcomeAt(now: Date, file: AccountFile, rules = SPARING): string | undefined {
  const { mails, skips } = planAccount(file, contextAt(now, rules))
  return mails[0]?.notices[0]?.stage ?? skips[0]?.reason
}

describe('warnings of credits that will be used in time', () => {
  it.each([
    ['30 days before', MONTH, 'used-anyway'],
    ['7 days before', WEEK, 'used-anyway'],
    ['a day before, being the last', DAY, 'P1D'],
    ['once they are gone', AFTER, 'expired'],
  ])('are spared, but for the last and the final notice: %s', (_when, now, expected) => {
    expect(outcomeAt(now, using(MUCH))).toBe(expected)
  })

  it('are sent where the policy does not ask for it, where part of them is lost, and where usage is not known', () => {
    expect(outcomeAt(WEEK, using(MUCH), TELLING)).toBe('P7D')
    expect(outcomeAt(WEEK, using(LITTLE))).toBe('P7D')
    expect(outcomeAt(WEEK, using('0'))).toBe('P7D')
    expect(outcomeAt(WEEK, using(null))).toBe('P7D')
    expect(outcomeAt(WEEK, { ...using(MUCH), holdings: undefined })).toBe('P7D')
  })

  it('are sent of a grant that comes too late in the order of spending', () => {
    const first = someGrant({ id: 'cg_0', remaining: '500.00', priority: -1, expiresAt: 'never' })
    expect(outcomeAt(WEEK, using(MUCH, { holdings: { grants: [first], usage: new Map([['USD', MUCH]]) } }))).toBe('P7D')
  })

  it('are sent where they are the only ones', () => {
    const rules = someRules({ policies: { purchased: policy(['P7D'], { skipIfUsedUp: true }) } })
    expect(outcomeAt(WEEK, using(MUCH), rules)).toBe('P7D')
  })

  it('are sent where the tighter rungs fall before the life of the grant', () => {
    // Its life begins after the rung of a day before, at 09:00, has passed for ever.
    const rules = someRules({ policies: { purchased: policy(['P30D', 'PT3H'], { skipIfUsedUp: true }) } })
    const short = someGrant({ ...GRANT, grantedAt: at('2026-05-01T00:00:00Z') })
    expect(outcomeAt(WEEK, using(MUCH, { grants: [short] }), rules)).toBe('used-anyway')
    expect(outcomeAt(at('2026-06-01T09:00:00Z'), using(MUCH, { grants: [short] }), rules)).toBe('PT3H')
  })

  it('come late where less is used from then on, and close the wider ones all the same', () => {
    const world = new World(using(MUCH), SPARING)
    expect(world.runAt(MONTH).mails).toEqual([])
    world.file = { ...world.file, holdings: { grants: [GRANT], usage: new Map([['USD', LITTLE]]) } }
    expect(world.runAt(at('2026-05-10T09:00:00Z')).mails[0]?.notices[0]?.stage).toBe('P30D')
    expect(outcomeAt(at('2026-05-11T09:00:00Z'), world.file)).toBe('already-told')
  })

  it('keep the reason of what was told before, and give way to the limit of an address only after it', () => {
    const [mail] = planAccount(using(LITTLE), contextAt(WEEK, SPARING)).mails
    if (mail === undefined) throw new Error('no mail was planned')
    expect(outcomeAt(WEEK, using(MUCH, { told: asTold(mail) }))).toBe('already-told')
    const context = { ...contextAt(WEEK, SPARING), mailsToday: () => 99 }
    expect(planAccount(using(MUCH), context).skips[0]?.reason).toBe('used-anyway')
  })

  it('concern one grant of several, and the others go out', () => {
    const later = someGrant({ id: 'cg_2', remaining: '900.00', expiresAt: at('2026-06-01T13:00:00Z') })
    const { mails, skips } = planAccount(using(MUCH, { grants: [GRANT, later] }), contextAt(WEEK, SPARING))
    expect(mails.map(({ notices }) => notices.map(({ grantId }) => grantId))).toEqual([['cg_2']])
    expect(skips).toMatchObject([{ grantId: 'cg_1', reason: 'used-anyway' }])
  })

  it('drop out of a mail that was planned before, by what is used when it is built', () => {
    const [mail] = planAccount(using(LITTLE), contextAt(WEEK, SPARING)).mails
    if (mail === undefined) throw new Error('no mail was planned')
    const notices = asTold(mail, 'planned')
    const confirm = (usage: string, rules = SPARING) =>
      confirmMail({ id: 'mail', ...mail, notices }, using(usage, { told: notices }), contextAt(WEEK, rules))
    expect(confirm(MUCH).dropped).toMatchObject([{ reason: 'used-anyway' }])
    expect(confirm(LITTLE)).toMatchObject({ lines: [{ stage: 'P7D' }], dropped: [] })
    expect(confirm(MUCH, TELLING)).toMatchObject({ lines: [{ stage: 'P7D' }], dropped: [] })
  })

  it('are told as such in the story of the grant, contact by contact', () => {
    const file = using(MUCH, { contacts: [someContact()] })
    const standings = (now: Date) =>
      tellStory(GRANT as CreditGrant, file, contextAt(now, SPARING)).stages.map(({ stage, standing }) =>
        [stage, standing.kind, ...('reason' in standing ? [standing.reason] : [])].join(' '),
      )
    expect(standings(WEEK)).toEqual(['P30D closed', 'P7D not-told used-anyway', 'P1D ahead', 'expired ahead'])
    expect(standings(DAY)).toEqual(['P30D closed', 'P7D closed', 'P1D due', 'expired ahead'])
  })
})
