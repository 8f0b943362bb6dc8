import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { AccountFile, PlanContext } from '../../src/domain/account-file.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { planAccount } from '../../src/domain/plan.ts'
import { isWithinReach } from '../../src/domain/reach.ts'
import { type StageStanding, type StoryContext, tellStory } from '../../src/domain/story.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { file, moves, rules, runs, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { at, contextAt, policy, someAccount, someContact, someFile, someGrant, someRules } from './builders.ts'
import { World } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

describe('in any world, over any runs', () => {
  const WORLDS = 250
  const LIMIT = 3
  /** One address has had all the mails that it may have, or none has had any: a run has never more than three for each. */
  const history = fc.record({
    file,
    rules,
    runs,
    moves,
    hadItsMails: fc.constantFrom('nobody', 'nobody', 'con_1@example.com'),
  })

  it('what is explained as due is what a run tells, and the reason is that with which it skips', () => {
    let [due, reasons] = [0, 0]
    fc.assert(
      fc.property(history, ({ file, rules, runs, moves, hadItsMails }) => {
        const world = new World(file, { ...rules, maxEmailsPerAddressPerDay: LIMIT })
        for (const [index, now] of runs.entries()) {
          world.moveExpiries(moves[index] ?? 0)
          const mailsToday = (address: string) => (address === hadItsMails ? LIMIT : 0)
          const context = { ...world.contextAt(now), mailsToday }
          const explained = explainedIn(world.file, context)
          const planned = plannedIn(world.file, context)
          expect(explained.due).toEqual(planned.told)
          // Where a story has no reason, some contact could be told; the run's is then the nearest one's.
          expect(planned.skipped).toMatchObject(explained.reasons)
          due += explained.due.length
          reasons += Object.keys(explained.reasons).length
          world.runAt(now)
        }
      }),
      { numRuns: WORLDS },
    )
    // Else the worlds were too poor to show anything.
    expect(Math.min(due, reasons)).toBeGreaterThan(WORLDS)
  })

  function explainedIn(file: AccountFile, context: PlanContext) {
    const grants = file.grants as readonly CreditGrant[]
    const stories = grants.map((grant) => tellStory(grant, file, context))
    const due = stories.flatMap(({ grant, stages }) =>
      stages.filter(({ standing }) => standing.kind === 'due').map((stage) => wordsOf({ ...stage, grantId: grant.id })),
    )
    // What is out of a run's reach is explained all the same.
    const within = stories.filter(({ expiresAt }) => expiresAt !== null && isWithinReach(expiresAt, context.moment))
    const reasons = within.flatMap(({ grant, reason }) => (reason === null ? [] : [[grant.id, reason]]))
    return { due: due.toSorted(), reasons: Object.fromEntries(reasons) }
  }

  function plannedIn(file: AccountFile, context: PlanContext) {
    const { mails, skips } = planAccount(file, context)
    const told = mails.flatMap(({ contactId, notices }) => notices.map((notice) => wordsOf({ ...notice, contactId })))
    return {
      told: told.toSorted(),
      skipped: Object.fromEntries(skips.map(({ grantId, reason }) => [grantId, reason])),
    }
  }

  function wordsOf(notice: Readonly<{ grantId: string; contactId: string; stage: string; dueAt: Date }>): string {
    return `${notice.grantId} ${notice.contactId} ${notice.stage} ${notice.dueAt.toISOString()}`
  }
})

const NOW = at('2026-05-25T12:00:00Z')
const WORLD = someRules({ sendAt: 'anytime', policies: { purchased: policy(['P30D', 'P7D', 'P1D']) } })

function storyOf(file: Partial<AccountFile>, now = NOW, more: Partial<StoryContext> = {}) {
  const whole = someFile(file)
  return tellStory(whole.grants[0] as CreditGrant, whole, { ...contextAt(now, WORLD), ...more })
}
/** Each stage of the grant for the first contact, in a word. */
function standings(...story: Parameters<typeof storyOf>) {
  return inWords(storyOf(...story).stages.filter(({ contactId }) => contactId === 'con_1'))
}
function inWords(stages: readonly StageStanding[]) {
  return Object.fromEntries(
    stages.map(({ stage, standing }) => {
      if (standing.kind === 'noticed') return [stage, standing.notice.state]
      return [stage, standing.kind === 'not-told' ? standing.reason : standing.kind]
    }),
  )
}
function told(stage: string, more: Partial<LedgerNotice> = {}): LedgerNotice {
  return {
    id: stage,
    mailId: 'mail',
    grantId: 'cg_1',
    contactId: 'con_1',
    address: 'ana@example.com',
    expiresAt: at('2026-06-01T12:00:00Z'),
    stage,
    state: 'sent',
    ...more,
  }
}

describe('the stages of a grant', () => {
  it('are closed, due and ahead in turn', () => {
    expect(standings({})).toEqual({ P30D: 'closed', P7D: 'due', P1D: 'ahead', expired: 'ahead' })
    const { stages, startsAt, expiresAt, reason } = storyOf({})
    expect(stages.map(({ dueAt }) => dueAt.toISOString())).toEqual([
      ...[
        '2026-05-02T12:00:00.000Z',
        '2026-05-25T12:00:00.000Z',
        '2026-05-31T12:00:00.000Z',
        '2026-06-01T12:00:00.000Z',
      ],
    ])
    expect({ startsAt, expiresAt, reason }).toEqual({
      startsAt: at('2025-06-01T12:00:00Z'),
      expiresAt: at('2026-06-01T12:00:00Z'),
      reason: null,
    })
  })

  it('are ahead until their very instant', () => {
    const before = new Date(NOW.getTime() - 1)
    expect(standings({}, before)).toEqual({ P30D: 'due', P7D: 'ahead', P1D: 'ahead', expired: 'ahead' })
  })

  it('that fell before the life began never fire', () => {
    const grants = [someGrant({ grantedAt: at('2026-05-20T12:00:00Z') })]
    expect(standings({ grants })).toEqual({ P30D: 'before-life', P7D: 'due', P1D: 'ahead', expired: 'ahead' })
    expect(storyOf({ grants }).stages[0]).toMatchObject({ stage: 'P30D', dueAt: at('2026-05-02T12:00:00Z') })
  })

  it('were told, as the ledger has it, and closed the wider ones', () => {
    expect(standings({ told: [told('P7D', { state: 'failed' })] })).toMatchObject({ P30D: 'closed', P7D: 'failed' })
    expect(standings({ told: [told('P30D')] })).toMatchObject({ P30D: 'sent', P7D: 'due' })
    // A stage that is told of ahead of its time, the ladder having changed since.
    expect(standings({ told: [told('P1D', { state: 'planned' })] })).toMatchObject({ P7D: 'closed', P1D: 'planned' })
    expect(standings({ told: [told('P1W')] })).toMatchObject({ P7D: 'closed', P1D: 'ahead' })
  })

  it('were not told by notices of another expiry, grant or person', () => {
    const others = [{ expiresAt: NOW }, { grantId: 'cg_9' }, { contactId: 'con_9', address: 'bo@example.com' }]
    for (const other of others) expect(standings({ told: [told('P7D', other)] })).toMatchObject({ P7D: 'due' })
  })

  it('are missed once the credits are gone, and the final notice follows', () => {
    const gone = at('2026-06-01T12:00:00Z')
    expect(standings({ told: [told('P7D')] }, gone)).toEqual({
      P30D: 'closed',
      P7D: 'sent',
      P1D: 'missed',
      expired: 'due',
    })
    expect(standings({}, gone)).toEqual({ P30D: 'missed', P7D: 'missed', P1D: 'missed', expired: 'due' })
    expect(standings({ told: [told('expired')] }, gone)).toEqual({
      P30D: 'closed',
      P7D: 'closed',
      P1D: 'closed',
      expired: 'sent',
    })
  })

  it('wait, where the address has had its mails', () => {
    const mailsToday = (address: string) => (address === 'ana@example.com' ? 4 : 0)
    expect(standings({}, NOW, { mailsToday })).toMatchObject({ P30D: 'closed', P7D: 'address-limit', P1D: 'ahead' })
    expect(standings({}, NOW, { mailsToday: () => 3 })).toMatchObject({ P7D: 'due' })
  })

  it('are dated for each contact in its own zone', () => {
    const contacts = [
      someContact({ timeZone: 'Pacific/Kiritimati' }),
      someContact({ id: 'con_2', email: 'bo@example.com' }),
    ]
    const rules = someRules({ policies: { purchased: policy(['P7D', 'P60D']) } })
    const { stages } = storyOf({ contacts }, NOW, contextAt(NOW, rules))
    expect(stages.filter(({ stage }) => stage === 'P7D')).toMatchObject([
      { contactId: 'con_1', timeZone: 'Pacific/Kiritimati', dueAt: at('2026-05-25T19:00:00Z') },
      { contactId: 'con_2', timeZone: 'UTC', dueAt: at('2026-05-25T09:00:00Z') },
    ])
  })

  it("count from an expiry by the calendar of the account's zone, where the policy's validity gives it", () => {
    const rules = someRules({ policies: { purchased: policy(['P7D'], { validity: 'P1M' }) } })
    // 31 August in Berlin, and so to expire on 30 September there.
    const grants = [someGrant({ grantedAt: at('2025-08-30T22:30:00Z'), expiresAt: null })]
    const now = at('2025-09-20T12:00:00Z')
    const story = storyOf({ grants, account: someAccount({ timeZone: 'Europe/Berlin' }) }, now, contextAt(now, rules))
    expect(story).toMatchObject({
      expiresAt: at('2025-09-29T22:30:00Z'),
      stages: [{ stage: 'P7D', dueAt: at('2025-09-23T07:00:00Z') }, { stage: 'expired' }],
    })
  })

  it('are none where there is no expiry, or no life before it', () => {
    const nobody = { startsAt: at('2025-06-01T12:00:00Z'), stages: [] }
    expect(storyOf({ grants: [someGrant({ expiresAt: 'never' })] })).toMatchObject({
      ...nobody,
      expiresAt: null,
      reason: 'never-expires',
    })
    const expiresAt = at('2025-06-01T12:00:00Z')
    expect(storyOf({ grants: [someGrant({ expiresAt })] })).toMatchObject({
      ...nobody,
      expiresAt,
      reason: 'expires-before-start',
    })
  })
})

describe('what stands against a mail', () => {
  it.each([
    ['of the grant', { grants: [someGrant({ remaining: '0' })] }, 'nothing-remaining'],
    ['of the account', { account: someAccount({ closedAt: NOW }) }, 'account-closed'],
    ['of an account that is not there', { account: null }, 'no-account'],
    ['of the only contact', { contacts: [someContact({ suppressed: 'all' })] }, 'suppressed'],
    [
      'of all the contacts, the nearest to a mail',
      { contacts: [someContact({ email: '' }), someContact({ id: 'con_2', optedOut: 'all' })] },
      'unsubscribed',
    ],
    ['of an account without contacts', { contacts: [] }, 'no-contact'],
  ] as const)('is the reason: %s', (_, file, reason) => {
    expect(storyOf(file).reason).toBe(reason)
  })

  it('stands against what is due and what is ahead, and changes nothing of what was', () => {
    const contacts = [someContact({ optedOut: 'all' })]
    expect(standings({ contacts, told: [told('P30D')] })).toEqual({
      P30D: 'sent',
      P7D: 'unsubscribed',
      P1D: 'unsubscribed',
      expired: 'unsubscribed',
    })
    expect(standings({ contacts })).toMatchObject({ P30D: 'closed', P7D: 'unsubscribed' })
  })

  it('is no reason of the grant where somebody else is told', () => {
    const contacts = [someContact({ suppressed: 'all' }), someContact({ id: 'con_2', email: 'bo@example.com' })]
    const story = storyOf({ contacts })
    expect(story.reason).toBeNull()
    expect(inWords(story.stages.filter(({ contactId }) => contactId === 'con_1'))).toMatchObject({ P7D: 'suppressed' })
    expect(inWords(story.stages.filter(({ contactId }) => contactId === 'con_2'))).toMatchObject({ P7D: 'due' })
  })

  it('stands against the warnings alone, where only these are kept from the address', () => {
    const contacts = [someContact({ suppressed: 'warnings' })]
    expect(storyOf({ contacts }).reason).toBe('suppressed')
    expect(standings({ contacts })).toEqual({
      P30D: 'closed',
      P7D: 'suppressed',
      P1D: 'suppressed',
      expired: 'ahead',
    })
    const afterwards = at('2026-06-01T12:00:00Z')
    expect(storyOf({ contacts }, afterwards).reason).toBeNull()
    expect(standings({ contacts }, afterwards)).toMatchObject({ P1D: 'missed', expired: 'due' })
  })

  it('does not last, where the life has only to begin', () => {
    const grants = [someGrant({ effectiveAt: at('2026-05-25T12:00:00.001Z') })]
    expect(standings({ grants })).toEqual({
      P30D: 'before-life',
      P7D: 'before-life',
      P1D: 'ahead',
      expired: 'ahead',
    })
    expect(storyOf({ grants }).reason).toBe('not-yet-effective')
  })

  it('is told of a contact by its own objection first: that of the grant may pass', () => {
    const contacts = [someContact({ optedOut: 'all' }), someContact({ id: 'con_2', email: 'bo@example.com' })]
    const spent = storyOf({ contacts, grants: [someGrant({ remaining: '0' })] })
    expect(spent.stages.filter(({ stage }) => stage === 'P7D').map((stage) => inWords([stage]).P7D)).toEqual([
      ...['unsubscribed', 'nothing-remaining'],
    ])
    const later = [someGrant({ effectiveAt: at('2026-05-26T12:00:00Z') })]
    expect(standings({ contacts, grants: later })).toMatchObject({ P1D: 'unsubscribed', expired: 'unsubscribed' })
  })

  it('of a second row of an address is that, and what the first was told is told of the first alone', () => {
    const contacts = [someContact(), someContact({ id: 'con_2' })]
    const { stages } = storyOf({ contacts, told: [told('P7D')] })
    expect(inWords(stages.filter(({ contactId }) => contactId === 'con_1'))).toMatchObject({ P7D: 'sent' })
    expect(inWords(stages.filter(({ contactId }) => contactId === 'con_2'))).toEqual({
      P30D: 'closed',
      P7D: 'closed',
      P1D: 'duplicate-address',
      expired: 'duplicate-address',
    })
  })

  it('of a second row does not hide what that row itself was told', () => {
    const contacts = [someContact({ id: 'con_0' }), someContact()]
    expect(standings({ contacts, told: [told('P7D')] })).toMatchObject({ P7D: 'sent' })
  })

  it('of a row that stands for another one now: what was told to the address was told to it', () => {
    const contacts = [someContact({ id: 'con_0', suppressed: 'all' }), someContact()]
    expect(standings({ contacts, told: [told('P7D', { contactId: 'con_0' })] })).toMatchObject({ P7D: 'sent' })
  })
})
