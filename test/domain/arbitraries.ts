import fc from 'fast-check'
import type { AccountFile } from '../../src/domain/account-file.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { at, policy, someAccount, someContact, someGrant, someRules } from './builders.ts'

/** What is generated lies around this instant: clocks of Europe and America change within days of it. */
const START_MS = at('2026-03-20T00:00:00Z').getTime()
export const DAY_MS = 86_400_000
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
const rarely = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: values })

const mostly = fc.constantFrom(true, true, true, true, false)

const grant = (id: string): fc.Arbitrary<CreditGrant> =>
  fc
    .record({
      kind: fc.constantFrom('purchased', 'promotional', 'gift'),
      unit: fc.constantFrom('USD', 'credits'),
      remaining: fc.constantFrom('0', '-1', '0.4999', '0.50', '18.00', '1000000000000.000001'),
      expiredAmount: rarely(fc.constantFrom('0', '5.00')),
      grantedAt: fc.integer({ min: 0, max: 200 }).map((days) => new Date(START_MS - days * DAY_MS)),
      effectiveAt: rarely(instant),
      expiresAt: fc.oneof({ weight: 8, arbitrary: instant }, { weight: 1, arbitrary: fc.constant(null) }),
      voidedAt: rarely(instant),
    })
    .map((values) => someGrant({ ...values, id }))

const contact = (id: string) =>
  fc
    .record({
      email: fc.constantFrom(
        ...Array(4).fill(`${id}@example.com`),
        'shared@example.com',
        'SHARED@example.com',
        'nobody',
        '',
      ),
      timeZone: zone,
      receivesBillingEmail: mostly,
      unsubscribed: mostly.map((not) => !not),
    })
    .map((values) => someContact({ ...values, id }))

/** One account, with three grants and two contacts. */
export const file: fc.Arbitrary<Partial<AccountFile>> = fc.record({
  grants: fc.tuple(grant('cg_1'), grant('cg_2'), grant('cg_3')),
  contacts: fc.tuple(contact('con_1'), contact('con_2')),
  account: fc.record({ timeZone: zone, closedAt: rarely(instant) }).map(someAccount),
})

export const rules = fc
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
export const runs = fc
  .array(fc.integer({ min: 0, max: 70 * 96 }), { minLength: 1, maxLength: 12 })
  .map((quarters) => quarters.toSorted((a, b) => a - b).map((q) => new Date(START_MS + q * (DAY_MS / 96))))
