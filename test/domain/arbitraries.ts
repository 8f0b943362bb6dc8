import fc from 'fast-check'
import type { AccountFile } from '../../src/domain/account-file.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { at, policy, someAccount, someContact, someGrant, someRules } from './builders.ts'

/** What is generated lies around this instant: clocks of Europe and America change within days of it. */
const START_MS = at('2026-03-20T00:00:00Z').getTime()
export const DAY_MS = 86_400_000
/** A busy machine may take long over many worlds, which is no failure. */
export const WORLDS_TIMEOUT_MS = 60_000
const QUARTERS_A_DAY = 96
/** Evenly spread: fast-check prefers the ends of a range, and there a world has nothing to tell. */
const evenly = (min: number, max: number) => fc.noBias(fc.integer({ min, max }))

/** Expiries often lie on the hour, so that they meet midnights, sending times and clock changes. */
const instant = evenly(0, 60 * 24).map((hours) => new Date(START_MS + hours * (DAY_MS / 24)))
const zone = fc.constantFrom(
  'UTC',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Europe/Berlin',
  'America/New_York',
  // Clocks that are half an hour and three quarters off the others'.
  'America/St_Johns',
  'Asia/Kathmandu',
  null,
)

/** The value itself in most of the worlds: what stops every mail must be rare, else the worlds show nothing. */
const mostly = <T, U>(value: T, others: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others })

const grant = (id: string): fc.Arbitrary<CreditGrant> =>
  fc
    .record({
      kind: fc.constantFrom('purchased', 'promotional', 'gift'),
      unit: fc.constantFrom('USD', 'credits'),
      remaining: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('0.50', '18.00', '1000000000000.000001') },
        { weight: 1, arbitrary: fc.constantFrom('0', '-1', '0.4999') },
      ),
      expiredAmount: mostly(null, fc.constantFrom('0', '5.00')),
      grantedAt: evenly(0, 200).map((days) => new Date(START_MS - days * DAY_MS)),
      effectiveAt: mostly(null, instant),
      expiresAt: fc.oneof({ weight: 8, arbitrary: instant }, { weight: 1, arbitrary: fc.constant(null) }),
      voidedAt: mostly(null, instant),
    })
    .map((values) => someGrant({ ...values, id }))

const contact = (id: string) =>
  fc
    .record({
      email: fc.oneof(
        { weight: 6, arbitrary: fc.constant(`${id}@example.com`) },
        { weight: 3, arbitrary: fc.constantFrom('shared@example.com', 'SHARED@example.com') },
        { weight: 1, arbitrary: fc.constantFrom('nobody', '') },
      ),
      timeZone: zone,
      receivesBillingEmail: mostly(true, fc.constant(false)),
      optedOut: mostly(null, fc.constantFrom('all' as const, 'warnings' as const)),
      suppressed: mostly(null, fc.constantFrom('all' as const, 'warnings' as const)),
    })
    .map((values) => someContact({ ...values, id }))

/** One account, with three grants and two contacts. */
export const file: fc.Arbitrary<Partial<AccountFile>> = fc.record({
  grants: fc.tuple(grant('cg_1'), grant('cg_2'), grant('cg_3')),
  contacts: fc.tuple(contact('con_1'), contact('con_2')),
  account: fc.record({ timeZone: zone, closedAt: mostly(null, instant) }).map(someAccount),
})

export const rules = fc
  .record({
    sendAt: fc.constantFrom(
      'anytime' as const,
      { hour: 9, minute: 0 },
      { hour: 0, minute: 0 },
      { hour: 2, minute: 30 },
    ),
    // Either so few that a second mail waits, or more than one account's contacts can get.
    maxEmailsPerAddressPerDay: fc.constantFrom(1, 50),
  })
  .map((values) =>
    someRules({
      ...values,
      policies: {
        ...someRules().policies,
        promotional: policy(['P1M', 'P7D', 'P1D'], { validity: 'P6M' }),
        gift: policy(['P3D', 'PT36H', 'PT12H', 'PT1H'], { validity: 'P1M', skipIfUsedUp: true }),
      },
    }),
  )

/** Who alone may be written to, on a trial installation. */
export const recipients = fc.constantFrom(new Set(['shared@example.com', '@example.org']), new Set(['@example.com']))

/** By how much all stated expiries move before each run; `Infinity`: they never come. */
export const moves = fc.array(
  fc.constantFrom(...[0, 0, 0, 0, 0, 0, 1.5, 9, 40, -9].map((days) => days * DAY_MS), Number.POSITIVE_INFINITY),
  {
    minLength: 12,
    maxLength: 12,
  },
)

/** How long after one run the next one is, in quarters of an hour: at once, within a day, or after some that were missed. */
const quartersLater = fc.oneof(evenly(0, 4), evenly(0, QUARTERS_A_DAY), evenly(0, 20 * QUARTERS_A_DAY))
/** The times of several runs, in order, many of them near each other. */
export const runs = fc
  .tuple(evenly(0, 15 * QUARTERS_A_DAY), fc.array(quartersLater, { minLength: 5, maxLength: 11, size: 'max' }))
  .map(([first, gaps]) => {
    let quarter = first
    const quarters = [first, ...gaps.map((gap) => (quarter += gap))]
    return quarters.map((quarter) => new Date(START_MS + quarter * (DAY_MS / QUARTERS_A_DAY)))
  })
