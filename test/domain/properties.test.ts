import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { compareDecimals } from '../../src/domain/amount.ts'
import { confirmMail } from '../../src/domain/confirm.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { isWithinReach } from '../../src/domain/reach.ts'
import { at, policy, someAccount, someContact, someGrant, someRules } from './builders.ts'
import { World } from './world.ts'

const START_MS = at('2026-03-20T00:00:00Z').getTime()
const DAY_MS = 86_400_000
/** Expiries often lie on the hour, so that they meet midnights, sending times and clock changes. */
const instant = fc.integer({ min: 0, max: 60 * 24 }).map((hours) => new Date(START_MS + hours * (DAY_MS / 24)))
const zone = fc.constantFrom(
  'UTC',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Europe/Berlin',
  'America/New_York',
  null,
)
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 6 })

const grant = (id: string): fc.Arbitrary<CreditGrant> =>
  fc
    .record({
      kind: fc.constantFrom('purchased', 'promotional', 'gift'),
      unit: fc.constantFrom('USD', 'credits'),
      remaining: fc.constantFrom('0', '-1', '0.4999', '0.50', '18.00', '1000000000000.000001'),
      expiredAmount: orNull(fc.constantFrom('0', '5.00')),
      grantedAt: fc.integer({ min: 0, max: 200 }).map((days) => new Date(START_MS - days * DAY_MS)),
      effectiveAt: orNull(instant),
      expiresAt: fc.oneof({ weight: 8, arbitrary: instant }, { weight: 1, arbitrary: fc.constant(null) }),
      voidedAt: fc.option(instant, { nil: null, freq: 3 }),
    })
    .map((values) => someGrant({ ...values, id }))

const contact = (id: string) =>
  fc
    .record({
      email: fc.constantFrom(`${id}@example.com`, 'shared@example.com', 'nobody', ''),
      timeZone: zone,
      receivesBillingEmail: fc.boolean(),
      unsubscribed: fc.boolean().map((rarely) => rarely && id === 'con_2'),
    })
    .map((values) => someContact({ ...values, id }))

const file: fc.Arbitrary<Partial<AccountFile>> = fc.record({
  grants: fc.tuple(grant('cg_1'), grant('cg_2'), grant('cg_3')),
  contacts: fc.tuple(contact('con_1'), contact('con_2')),
  account: fc.record({ timeZone: zone, closedAt: orNull(instant) }).map(someAccount),
})
const rules = fc
  .record({
    sendAt: fc.constantFrom(
      'anytime' as const,
      { hour: 9, minute: 0 },
      { hour: 0, minute: 0 },
      { hour: 2, minute: 30 },
    ),
    maxEmailsPerAddressPerDay: fc.constantFrom(1, 4),
  })
  .map((values) =>
    someRules({
      ...values,
      policies: { ...someRules().policies, gift: policy(['P3D', 'PT36H', 'PT12H', 'PT1H'], { validity: 'P1M' }) },
    }),
  )
/** The times of several runs, in order, many of them near each other. */
const runs = fc
  .array(fc.integer({ min: 0, max: 70 * 96 }), { minLength: 1, maxLength: 12 })
  .map((quarters) => quarters.toSorted((a, b) => a - b).map((q) => new Date(START_MS + q * (DAY_MS / 96))))
const history = fc.record({ file, rules, runs })

describe('in any world, over any runs', () => {
  it('no notice is ever sent twice', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        for (const now of runs) world.runAt(now)
        const keys = world.mails.flatMap((mail) =>
          mail.notices.map((n) => [n.grantId, mail.contactId, n.expiresAt.toISOString(), n.stage].join()),
        )
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  it('stages only tighten: a wider rung never follows a tighter one', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        const lastDue = new Map<string, number>()
        for (const now of runs) {
          for (const mail of world.runAt(now).mails) {
            for (const { grantId, expiresAt, stage } of mail.notices) {
              const key = [grantId, mail.contactId, expiresAt.toISOString()].join()
              const ladder = ['P60D', 'P30D', 'P7D', 'P3D', 'PT36H', 'P1D', 'PT12H', 'PT1H', 'expired']
              const place = ladder.indexOf(stage)
              expect(place).toBeGreaterThan(lastDue.get(key) ?? -1)
              lastDue.set(key, place)
            }
          }
        }
      }),
    )
  })

  it('a rerun at the same time adds nothing', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        // Without the limit a day: what it held back may well be due at once on the next run.
        const world = new World(file, { ...rules, maxEmailsPerAddressPerDay: 100 })
        for (const now of runs) {
          world.runAt(now)
          expect(world.runAt(now).mails).toEqual([])
        }
      }),
    )
  })

  it('no warning is planned at or after the expiry, none before the life, and no mail is for nothing', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        for (const now of runs) {
          for (const mail of world.runAt(now).mails) {
            expect(mail.notices.length).toBeGreaterThan(0)
            for (const notice of mail.notices) {
              const grant = world.file.grants.find(({ id }) => id === notice.grantId) as CreditGrant
              expect(notice.dueAt.getTime()).toBeLessThanOrEqual(now.getTime())
              expect(compareDecimals(notice.amount, '0')).toBeGreaterThan(0)
              if (notice.unit === 'USD') expect(compareDecimals(notice.amount, '0.50')).toBeGreaterThanOrEqual(0)
              if (mail.category === 'warning') {
                expect(now.getTime()).toBeLessThan(notice.expiresAt.getTime())
                expect(notice.dueAt.getTime()).toBeGreaterThanOrEqual((grant.effectiveAt ?? grant.grantedAt).getTime())
              } else {
                expect(now.getTime()).toBeGreaterThanOrEqual(notice.expiresAt.getTime())
                expect(now.getTime() - notice.expiresAt.getTime()).toBeLessThanOrEqual(7 * DAY_MS)
              }
            }
          }
        }
      }),
    )
  })

  it('every candidate has exactly one outcome, and one mail a contact and category holds them all', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        for (const now of runs) {
          const { mails, skips } = world.runAt(now)
          const told = new Set(mails.flatMap((mail) => mail.notices.map(({ grantId }) => grantId)))
          const skipped = skips.map(({ grantId }) => grantId)
          expect(new Set(skipped).size).toBe(skipped.length)
          expect(skipped.filter((id) => told.has(id))).toEqual([])
          for (const grant of world.file.grants as CreditGrant[]) {
            const within =
              grant.expiresAt instanceof Date &&
              isWithinReach(grant.expiresAt, { rules, now, reach: world.contextAt(now).moment.reach })
            if (within) expect(told.has(grant.id) || skipped.includes(grant.id)).toBe(true)
          }
          const slots = mails.map(({ contactId, category }) => `${contactId} ${category}`)
          expect(new Set(slots).size).toBe(slots.length)
        }
      }),
    )
  })

  it('what is planned is confirmed at the same moment, line by line: the dry run equals the run', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        for (const now of runs) {
          const context = world.contextAt(now)
          const { mails } = world.runAt(now)
          for (const mail of mails) {
            const notices = world.file.told.filter(
              (notice) =>
                notice.contactId === mail.contactId &&
                mail.notices.some(
                  (n) => n.grantId === notice.grantId && n.stage === notice.stage && +n.expiresAt === +notice.expiresAt,
                ),
            )
            const { accountId, contactId, category } = mail
            const confirmed = confirmMail({ id: 'mail', accountId, contactId, category, notices }, world.file, context)
            expect(confirmed.dropped).toEqual([])
            expect(confirmed.to).toBe(mail.to)
            expect(confirmed.lines.map(({ grant, amount }) => [grant.id, amount])).toEqual(
              mail.notices.map(({ grantId, amount }) => [grantId, amount]),
            )
          }
        }
      }),
    )
  })
})
