import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { Contact, CreditGrant } from '../../src/domain/model.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import type { SimulatedAccount } from '../../src/domain/simulate-accounts.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { DAY_MS, file, rules, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { at, policy, someFile, someGrant, someRules } from './builders.ts'
import { everySoOften, inShort, QUARTER_MS, START, simulate, slotBySlot, waiting } from './slot-by-slot.ts'
import { asTold, World } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const rhythm = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ everyMs: 4 * QUARTER_MS, days: 14 }) },
  { weight: 1, arbitrary: fc.constant({ everyMs: QUARTER_MS, days: 6 }) },
  { weight: 2, arbitrary: fc.constantFrom({ everyMs: DAY_MS, days: 50 }, { everyMs: 3 * DAY_MS, days: 60 }) },
)

const world = fc.record({
  files: fc.array(file, { minLength: 2, maxLength: 3 }),
  rules,
  rhythm,
  offsetQuarters: fc.nat(95),
  // What happened before: runs, the last of which has mails that still wait, and expiries that moved since.
  past: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
  moves: fc.array(fc.constantFrom(0, 1.5, 9, 40, -9, Number.POSITIVE_INFINITY), { minLength: 3, maxLength: 3 }),
  waits: fc.constantFrom(0, QUARTER_MS, 30 * QUARTER_MS, 3 * DAY_MS),
  /** Of each unit, in the last 28 days; null: not known. */
  usage: fc.constantFrom(null, '9.3', '30', '340', '800', '100000000000'),
})

type Worlds = typeof world extends fc.Arbitrary<infer T> ? T : never

/** Accounts of their own that may share an address, with a past. */
function accountsOf({ files, rules, past, moves, waits, usage }: Worlds): readonly SimulatedAccount[] {
  return files.map((part, place) => {
    const accountId = `acc_${place}`
    const { account = null, contacts = [], grants = [] } = part
    const history = new World(
      {
        accountId,
        account: account && { ...account, id: accountId },
        contacts: contacts.map((contact): Contact => ({ ...contact, id: `${accountId}_${contact.id}`, accountId })),
        grants: (grants as readonly CreditGrant[]).map((grant) => ({
          ...grant,
          id: `${accountId}_${grant.id}`,
          accountId,
        })),
      },
      rules,
    )
    let last: SimulatedAccount['waiting'] = []
    for (const [index, daysAgo] of past.toSorted((a, b) => b - a).entries()) {
      const { mails } = history.runAt(new Date(START.getTime() - daysAgo * DAY_MS))
      last = index === past.length - 1 && waits > 0 ? mails.map((mail) => waiting(mail, history.file, waits)) : []
      history.moveExpiries((moves[index] ?? 0) * DAY_MS)
    }
    const waitingIds = new Set(last.flatMap(({ mail }) => mail.notices.map(({ id }) => id)))
    const told = history.file.told.map(
      (notice): LedgerNotice => (waitingIds.has(notice.id) ? { ...notice, state: 'planned' } : notice),
    )
    const now = { ...history.file, told }
    const used = usage === null ? [] : [...['USD', 'credits']].map((unit) => [unit, usage] as const)
    const file = { ...now, holdings: { grants: now.grants as readonly CreditGrant[], usage: new Map(used) } }
    return { file, waiting: last.map((each) => ({ ...each, file })) }
  })
}
test('planning only where something can have come to be due brings what planning at every slot brings', () => {
  const seen = { mails: 0, corrections: 0, limited: 0, waited: 0 }
  fc.assert(
    fc.property(world, (generated) => {
      const accounts = accountsOf(generated)
      const { rhythm, offsetQuarters, rules } = generated
      const slots = everySoOften(rhythm.everyMs, offsetQuarters * QUARTER_MS)
      const setting = { accounts, rules, slots, to: new Date(START.getTime() + rhythm.days * DAY_MS) }
      const simulated = simulate(setting)
      expect(simulated.map(inShort)).toEqual(slotBySlot(setting, seen).map(inShort))
      seen.mails += simulated.length
      seen.corrections += simulated.filter(({ category }) => category === 'correction').length
      seen.waited += simulated.filter(({ waited }) => waited).length
    }),
    { seed: 20_261_125, numRuns: 60 },
  )
  // Else the worlds were too poor to show anything.
  expect(seen.mails).toBeGreaterThan(300)
  for (const [what, times] of Object.entries(seen)) expect([what, times > 10]).toEqual([what, true])
})

test('a correction goes out at the first slot, or when the life of its grant begins', () => {
  const grant = someGrant({ expiresAt: 'never' })
  const told = asTold(new World().runAt(at('2026-04-02T09:00:00Z')).mails[0] as PlannedMail)
  const setting = {
    rules: someRules({ sendAt: 'anytime' }),
    slots: everySoOften(QUARTER_MS, 0),
    to: at('2026-05-20T00:00:00Z'),
  }
  const mailsOf = (grant: CreditGrant) =>
    simulate({ ...setting, accounts: [{ file: someFile({ grants: [grant], told }), waiting: [] }] })
  expect(mailsOf(grant).map(inShort)).toEqual(['2026-04-01T00:00:00.000Z con_1 correction false cg_1 correction 18.00'])
  expect(mailsOf({ ...grant, effectiveAt: at('2026-04-03T10:07:00Z') }).map(inShort)).toEqual([
    '2026-04-03T10:15:00.000Z con_1 correction false cg_1 correction 18.00',
  ])
})

test('a warning that is spared goes out late, at the first slot at which not all will be used any more', () => {
  const spared = policy(['P30D', 'P1D'], { skipIfUsedUp: true })
  const grant = someGrant({ expiresAt: at('2026-05-01T12:00:00Z') })
  // 28 USD in 28 days: 18 USD are used up in time until 18 days before the expiry.
  const holdings = { grants: [grant], usage: new Map([['USD', '28']]) }
  const accounts = [{ file: someFile({ grants: [grant], holdings }), waiting: [] }]
  const rules = someRules({ policies: { purchased: spared } })
  const mails = simulate({ accounts, rules, slots: everySoOften(QUARTER_MS, 0), to: at('2026-06-01T00:00:00Z') })
  expect(mails.map(({ at, lines }) => `${at.toISOString()} ${lines[0]?.stage}`)).toEqual([
    '2026-04-13T12:15:00.000Z P30D',
    '2026-04-30T09:00:00.000Z P1D',
    '2026-05-02T09:00:00.000Z expired',
  ])
})

test('what is dropped from a mail that waited is planned anew, once there is reason again', () => {
  const unspared = someRules({ policies: { purchased: policy(['P30D', 'P1D']) } })
  const grant = someGrant({ expiresAt: at('2026-05-01T12:00:00Z') })
  const [mail] = new World({ grants: [grant] }, unspared).runAt(at('2026-04-01T09:00:00Z')).mails
  if (mail === undefined) throw new Error('nothing was due')
  const holdings = { grants: [grant], usage: new Map([['USD', '28']]) }
  const file = someFile({ grants: [grant], holdings, told: asTold(mail, 'planned') })
  const policies = { purchased: policy(['P30D', 'P1D'], { skipIfUsedUp: true }) }
  const mails = simulate({
    accounts: [{ file, waiting: [waiting(mail, file, 0)] }],
    rules: someRules({ policies }),
    slots: everySoOften(QUARTER_MS, 0),
    to: at('2026-04-20T00:00:00Z'),
  })
  expect(mails.map(inShort)).toEqual(['2026-04-13T12:15:00.000Z con_1 warning false cg_1 P30D 18.00'])
})
