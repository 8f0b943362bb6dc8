import { expect, test } from 'vitest'
import { MailTotalsCount } from '../../src/domain/mail-totals.ts'
import { type Category, CORRECTION_STAGE, EXPIRED_STAGE } from '../../src/domain/model.ts'
import { PeriodCount } from '../../src/domain/period-count.ts'
import type { SimulatedMail } from '../../src/domain/simulation.ts'
import { recentSweeps } from '../../src/domain/sweep-history.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { addWarned, NOBODY_WARNED, warnedOnlyBy } from '../../src/domain/warned-difference.ts'
import { at, policy, someRules } from './builders.ts'

function mail(more: Partial<SimulatedMail> & { grants?: readonly string[]; category?: Category }): SimulatedMail {
  const { grants = ['cg_1'], ...rest } = more
  const line = { kind: 'purchased', name: null, stage: 'P7D', expiresAt: at('2026-06-01T12:00:00Z') }
  return {
    ...{ at: at('2026-05-25T09:00:00Z'), accountId: 'acc_1', accountName: 'Acme', contactId: 'con_1' },
    ...{ to: 'ana@example.com', category: 'warning', locale: 'en', timeZone: 'UTC', waited: false },
    ...rest,
    lines: grants.map((grantId) => ({ ...line, grantId, unit: 'USD', amount: '18.00' })),
  }
}

const RULES = someRules({ defaultPolicy: policy(['P7D']), policies: { promotional: policy([]) } })
const onlyBy = (
  mails: readonly SimulatedMail[],
  others: readonly SimulatedMail[],
  told: readonly LedgerNotice[] = [],
) => warnedOnlyBy({ mails, others, otherRules: RULES, told, to: at('2026-07-01T00:00:00Z') })

test('who is warned by some mails and not by others is told with the grants, and whether nothing else is', () => {
  const mails = [
    mail({ grants: ['cg_1', 'cg_2'] }),
    mail({ grants: ['cg_1'], to: 'ANA@example.com', contactId: 'con_9' }),
    mail({ grants: ['cg_1'], to: 'bob@example.com', contactId: 'con_2' }),
    mail({ category: 'expired', to: 'eve@example.com', contactId: 'con_3' }),
  ]
  const others = [mail({ grants: ['cg_2', 'cg_3'] })]
  const found = onlyBy(mails, others)
  expect(found.people).toEqual([
    { accountId: 'acc_1', accountName: 'Acme', to: 'ana@example.com', grantIds: ['cg_1'], ofNothing: false },
    { accountId: 'acc_1', accountName: 'Acme', to: 'bob@example.com', grantIds: ['cg_1'], ofNothing: true },
  ])
  expect(onlyBy(others, mails).people.map(({ grantIds }) => grantIds)).toEqual([['cg_3']])
  expect(onlyBy(mails, mails)).toEqual({ people: [], outsidePeriod: 0 })
  expect(addWarned(NOBODY_WARNED, found)).toEqual({ people: 2, ofNothing: 1, accounts: 1, grants: 1, outsidePeriod: 0 })
})

test('nothing is lost where the warning came before the period', () => {
  const notice: LedgerNotice = {
    ...{ id: 'n_1', mailId: 'm_1', grantId: 'cg_1', contactId: 'con_7', address: 'ana@example.com' },
    ...{ expiresAt: at('2026-06-01T12:00:00Z'), stage: 'P30D', state: 'sent' },
  }
  const found = onlyBy([mail({})], [], [notice])
  expect(found).toEqual({ people: [], outsidePeriod: 1 })
  expect(addWarned(NOBODY_WARNED, found)).toMatchObject({ people: 0, outsidePeriod: 1 })
  for (const more of [
    { stage: EXPIRED_STAGE },
    { stage: CORRECTION_STAGE },
    { state: 'failed' },
    { address: 'bob@example.com' },
    { expiresAt: at('2026-05-30T12:00:00Z') },
  ] as const) {
    expect(onlyBy([mail({})], [], [{ ...notice, ...more }])).toMatchObject({ people: [{}], outsidePeriod: 0 })
  }
})

test('nothing is lost yet where the others may warn after the period, and all is where they never do', () => {
  const late = (more: Partial<SimulatedMail['lines'][number]> = {}) => {
    const one = mail({})
    return { ...one, lines: one.lines.map((line) => ({ ...line, expiresAt: at('2026-07-01T00:00:00Z'), ...more })) }
  }
  expect(onlyBy([late()], [])).toEqual({ people: [], outsidePeriod: 1 })
  expect(onlyBy([late({ kind: 'promotional' })], [])).toMatchObject({ people: [{}], outsidePeriod: 0 })
  expect(onlyBy([late({ expiresAt: at('2026-06-30T23:59:59Z') })], [])).toMatchObject({
    people: [{}],
    outsidePeriod: 0,
  })
  const sparing = { ...RULES, minimumRemaining: { USD: '18.01' } }
  const input = { mails: [late()], others: [], told: [], to: at('2026-07-01T00:00:00Z') }
  expect(warnedOnlyBy({ ...input, otherRules: sparing })).toMatchObject({ people: [{}], outsidePeriod: 0 })
})

test('a grant counts once in what is at stake, however many people are told of it, and how often', () => {
  const count = new MailTotalsCount()
  count.add([
    mail({}),
    mail({ to: 'bob@example.com', contactId: 'con_2' }),
    mail({ category: 'expired' }),
    mail({ to: 'ANA@example.com', contactId: 'con_9', grants: ['cg_2'] }),
  ])
  count.add([mail({ accountId: 'acc_2', grants: ['cg_9'] })])
  count.add([])
  const stake = { unit: 'USD', kind: 'purchased' }
  expect(count.totals()).toEqual({
    ...{ emails: 5, people: 3, accounts: 2, grants: 3 },
    byCategory: { warning: 4, expired: 1, correction: 0 },
    stakes: [
      { category: 'warning', ...stake, grants: 3, amount: '54.00' },
      { category: 'expired', ...stake, grants: 1, amount: '18.00' },
    ],
  })
})

test('days are those of UTC; the guard is shown the planned mails of a slot, and each address once', () => {
  const count = new PeriodCount()
  const gone = { category: 'expired', at: at('2026-05-25T23:45:00Z') } as const
  count.add([mail({}), mail(gone), mail({ ...gone, to: 'ANA@example.com' }), mail({ ...gone, waited: true })])
  count.add([mail({ at: at('2026-05-26T00:00:00Z'), accountId: 'acc_2' })])
  expect(count.days().map(({ day, emails }) => [day, emails])).toEqual([
    ['2026-05-25', 4],
    ['2026-05-26', 1],
  ])
  expect(count.slots().map(({ emails, goneAddresses }) => [emails, goneAddresses])).toEqual([
    [1, 0],
    [2, 1],
    [1, 0],
  ])
})

test('a sweep is compared with the latest twenty, and with the largest of each of the last twenty days', () => {
  const sweep = (instant: string, emails: number) => ({ asOf: at(instant), emails })
  const past = [
    sweep('2026-01-01T09:00:00Z', 7),
    sweep('2026-05-23T08:00:00Z', 5),
    sweep('2026-05-23T09:00:00Z', 9),
    sweep('2026-05-24T09:00:00Z', 4),
  ]
  const now = at('2026-05-25T08:30:00Z')
  // Half past eight and back by days: 08:00 on the 23rd is of the day before that of 09:00.
  expect(recentSweeps(past, now)).toEqual({ latest: [4, 9, 5, 7], largestOfDays: [4, 9, 5] })
  expect(recentSweeps(Array(30).fill(sweep('2026-01-01T09:00:00Z', 3)), now).latest).toHaveLength(20)
})
