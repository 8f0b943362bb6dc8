import { describe, expect, test } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { type CalendarEntry, calendarOf } from '../../src/domain/calendar.ts'
import type { Category, CreditGrant } from '../../src/domain/model.ts'
import { NEVER_EXPIRES } from '../../src/domain/never.ts'
import { momentAt } from '../../src/domain/reach.ts'
import type { Policy } from '../../src/domain/rules.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { at, policy, someAccount, someFile, someGrant, someRules } from './builders.ts'

const NOW = at('2026-05-25T12:00:00Z')
const EXPIRY = at('2026-06-01T12:00:00Z')
const LATER = at('2026-12-01T12:00:00Z')
const ANA = { contactIds: ['con_1'], address: 'ana@example.com' }

const WITH_CALENDAR = policy(['P7D', 'P1D'], { calendar: true })

/** A notice that reached Ana. */
function told(more: Partial<LedgerNotice> = {}): LedgerNotice {
  return {
    id: 'n1',
    mailId: 'mail_1',
    grantId: 'cg_1',
    contactId: 'con_1',
    address: 'ana@example.com',
    expiresAt: EXPIRY,
    stage: 'P7D',
    state: 'sent',
    ...more,
  }
}

type World = Readonly<{
  category?: Category
  lines?: readonly (Partial<CreditGrant> & { expiresAt?: Date })[]
  file?: Partial<AccountFile>
  policies?: Readonly<Record<string, Policy>>
  defaultPolicy?: Policy
}>

function entries(world: World = {}): readonly CalendarEntry[] {
  const { category = 'warning', lines = [{}], file = {}, ...rules } = world
  const mail = {
    id: 'mail_now',
    category,
    person: ANA,
    lines: lines.map((grant) => ({ grant: someGrant(grant), expiresAt: grant.expiresAt ?? EXPIRY })),
  }
  const policies = { purchased: WITH_CALENDAR, ...rules.policies }
  const { defaultPolicy = policy(['P7D']) } = rules
  return calendarOf(mail, someFile(file), momentAt(someRules({ policies, defaultPolicy }), NOW))
}

describe('A mail’s own lines', () => {
  test('are entries for those whose policy asks for them, under the mail that first told the person', () => {
    expect(entries({ lines: [{}, { id: 'cg_2', kind: 'promotional' }] })).toEqual([
      {
        grantId: 'cg_1',
        name: 'Prepaid credits',
        kind: 'purchased',
        firstMailId: 'mail_now',
        sequence: 0,
        expiresAt: EXPIRY,
        isCancelled: false,
      },
    ])
  })

  test('keep the first mail, and rise with each notice that arrived', () => {
    const notices = [told(), told({ id: 'n2', mailId: 'mail_2', stage: 'P1D' })]
    const [moved] = entries({
      category: 'correction',
      lines: [{ expiresAt: LATER }],
      file: { told: notices },
    })
    expect(moved).toMatchObject({ firstMailId: 'mail_1', sequence: 4, expiresAt: LATER, isCancelled: false })
  })

  test('are the same at every try: what has not arrived, or was told others, does not count', () => {
    const others = [
      told({ state: 'planned' }),
      told({ state: 'failed' }),
      told({ contactId: 'con_2', address: 'bob@example.com' }),
      told({ grantId: 'cg_2' }),
    ]
    expect(entries({ file: { told: others } })).toMatchObject([{ firstMailId: 'mail_now', sequence: 0 }])
  })

  test('are the same for a contact whose address changed, and for one whose row was made anew', () => {
    for (const same of [{ address: 'ana@old.example' }, { contactId: 'con_old' }])
      expect(entries({ file: { told: [told(same)] } })).toMatchObject([{ firstMailId: 'mail_1', sequence: 2 }])
  })

  test('are cancelled once the credits are gone, and where they will never expire, if there was an entry', () => {
    for (const [category, expiresAt] of [
      ['expired', EXPIRY],
      ['correction', NEVER_EXPIRES],
    ] as const) {
      const lines = [{ expiresAt }]
      expect(entries({ category, lines, file: { told: [told()] } })).toMatchObject([
        { firstMailId: 'mail_1', sequence: 2, expiresAt: EXPIRY, isCancelled: true },
      ])
      expect(entries({ category, lines })).toEqual([])
    }
  })

  test('are of none that the mail does not show', () => {
    const lines = Array.from({ length: 49 }, (_, index) => ({ id: `cg_${index}`, kind: 'promotional' }))
    expect(entries({ lines: [...lines, { id: 'cg_shown' }, { id: 'cg_beyond' }] })).toMatchObject([
      { grantId: 'cg_shown' },
    ])
  })

  test('are as many as the mail shows', () => {
    const lines = Array.from({ length: 60 }, (_, index) => ({ id: `cg_${index}` }))
    expect(entries({ lines })).toHaveLength(50)
  })
})

describe('What a person was told of other grants', () => {
  const beside = (grant: Partial<CreditGrant> | null, notice: Partial<LedgerNotice> = {}, world: World = {}) => {
    const grants = grant === null ? [] : [someGrant({ id: 'cg_2', ...grant })]
    const announced = { grants, told: [told({ grantId: 'cg_2', ...notice })] }
    return entries({ ...world, file: { ...world.file, announced } }).filter(({ grantId }) => grantId === 'cg_2')
  }
  const CANCELLED = { firstMailId: 'mail_1', sequence: 1, expiresAt: EXPIRY, isCancelled: true }

  test.each<[string, Partial<CreditGrant>]>([
    ['spent', { remaining: '0.00' }],
    ['voided', { voidedAt: NOW }],
    ['without an end', { expiresAt: 'never' }],
    ['long over by now', { expiresAt: at('2026-05-01T12:00:00Z') }],
  ])('is cancelled where they are %s', (_what, grant) => {
    expect(beside(grant)).toMatchObject([CANCELLED])
  })

  test('is cancelled where the account was closed', () => {
    expect(beside({}, {}, { lines: [], file: { account: someAccount({ closedAt: NOW }) } })).toMatchObject([CANCELLED])
  })

  test('is cancelled where they are not in the data any more, as the policy for kinds without one asks', () => {
    expect(beside(null)).toEqual([])
    expect(beside(null, {}, { defaultPolicy: WITH_CALENDAR })).toMatchObject([{ ...CANCELLED, name: null, kind: '' }])
  })

  test.each<[string, Partial<CreditGrant>, Partial<LedgerNotice>]>([
    ['something is left', {}, {}],
    ['little is left', { remaining: '0.01' }, {}],
    ['it moved, which another mail says', { expiresAt: LATER }, {}],
    ['its day is past', { remaining: '0' }, { expiresAt: at('2026-05-24T12:00:00Z') }],
    ['it was told to be gone', { remaining: '0' }, { stage: 'expired' }],
    ['it was told never to expire', { remaining: '0' }, { expiresAt: NEVER_EXPIRES, stage: 'correction' }],
    ['the mail did not arrive', { remaining: '0' }, { state: 'failed' }],
    ['it was told somebody else', { remaining: '0' }, { contactId: 'con_2', address: 'bob@example.com' }],
    ['the policy asks for no calendar', { remaining: '0', kind: 'promotional' }, {}],
  ])('is left alone where %s', (_what, grant, notice) => {
    expect(beside(grant, notice)).toEqual([])
  })

  test('comes between the mails about the grant: later than the last one, earlier than the next', () => {
    const [next] = entries({ file: { told: [told()] } })
    const [cancelled] = beside({ remaining: '0' })
    expect([0, cancelled?.sequence, next?.sequence]).toEqual([0, 1, 2])
  })
})

test('Where no policy asks for a calendar, there is none', () => {
  const announced = { grants: [], told: [told({ grantId: 'cg_2' })] }
  expect(entries({ policies: { purchased: policy(['P7D']) }, file: { announced } })).toEqual([])
})
