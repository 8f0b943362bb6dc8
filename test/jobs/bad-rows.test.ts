import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunOutcome } from '../../src/jobs/run.ts'
import { insertCrowd } from '../support/billing.ts'
import { type Arrival, arrivalsAt, type Customer, EXPIRY, insertCustomer } from '../support/customer.ts'
import { type Foreseen, openProgram, type Program } from '../support/program.ts'

const NOW = '2026-05-25T12:00:00Z'
const SOUND = 1000

/** Rows that nobody is told of, each with its reason; null where it is out of reach, and not even looked at. */
const SKIPPED: Readonly<Record<string, readonly [row: Customer, reason: string | null, detail?: string]>> = {
  before: [{ grant: { grantedAt: '2026-05-30Z', expiresAt: '2026-05-29Z' } }, 'expires-before-start'],
  at_start: [{ grant: { grantedAt: '2026-05-29Z', expiresAt: '2026-05-29Z' } }, 'expires-before-start'],
  year_8: [{ grant: { grantedAt: '0007-01-01Z', expiresAt: '0008-06-01Z' } }, null],
  year_9999: [{ grant: { expiresAt: '9999-12-31Z' } }, null],
  year_200000: [{ grant: { expiresAt: '200000-01-01Z' } }, null],
  bc: [{ grant: { expiresAt: '4000-01-01Z BC' } }, null],
  infinite: [{ grant: { expiresAt: 'infinity' } }, null],
  minus_infinite: [{ grant: { expiresAt: '-infinity' } }, null],
  no_expiry: [{ grant: { expiresAt: null, kind: 'gift' } }, null],
  granted_never: [{ grant: { grantedAt: 'infinity' } }, 'invalid-row', 'granted_at is infinite'],
  granted_always: [{ grant: { grantedAt: '-infinity' } }, 'invalid-row', 'granted_at is infinite'],
  effective_never: [{ grant: { effectiveAt: 'infinity' } }, 'invalid-row', 'effective_at is infinite'],
  effective_later: [{ grant: { effectiveAt: '2026-05-30Z' } }, 'not-yet-effective'],
  voided_always: [{ grant: { voidedAt: '-infinity' } }, 'voided'],
  negative: [{ grant: { remaining: '-5.00' } }, 'nothing-remaining'],
  zero: [{ grant: { remaining: '0.00' } }, 'nothing-remaining'],
  tiny: [{ grant: { remaining: '0.4999999999999999999999' } }, 'below-minimum'],
  nan: [{ grant: { remaining: 'NaN' } }, 'invalid-row', 'remaining is NaN'],
  endless: [{ grant: { remaining: 'Infinity' } }, 'invalid-row', 'remaining is Infinity'],
  nan_amount: [{ grant: { amount: 'NaN' } }, 'invalid-row', 'amount is NaN'],
  nan_expired: [{ grant: { expiredAmount: 'NaN' } }, 'invalid-row', 'expired_amount is NaN'],
  endless_digits: [
    { grant: { remaining: `1${'0'.repeat(100)}` } },
    'invalid-row',
    'remaining has more than 100 digits',
  ],
  endless_fraction: [
    { grant: { expiredAmount: `0.${'0'.repeat(100)}1` } },
    'invalid-row',
    'expired_amount has more than 100 digits',
  ],
  no_unit: [{ grant: { unit: '' } }, 'invalid-row', 'unit is empty'],
  no_address: [{ contact: { email: '' } }, 'invalid-address'],
  blank_address: [{ contact: { email: '   ' } }, 'invalid-address'],
  no_at: [{ contact: { email: 'nobody' } }, 'invalid-address'],
  two_ats: [{ contact: { email: 'a@b@example.com' } }, 'invalid-address'],
  comma: [{ contact: { email: 'eve@evil.example,x@example.com' } }, 'invalid-address'],
  semicolon: [{ contact: { email: 'eve@evil.example;x@example.com' } }, 'invalid-address'],
  line_break: [{ contact: { email: 'eve@example.com\r\nRCPT TO:<x@evil.example>' } }, 'invalid-address'],
  header: [{ contact: { email: 'eve@example.com\nBcc: x@evil.example' } }, 'invalid-address'],
  angle: [{ contact: { email: 'Eve <eve@example.com>' } }, 'invalid-address'],
  quoted: [{ contact: { email: '"a b"@example.com' } }, 'invalid-address'],
  null_byte: [{ contact: { email: 'eve\u0001@example.com' } }, 'invalid-address'],
  long_local: [{ contact: { email: `${'a'.repeat(65)}@example.com` } }, 'invalid-address'],
  long_domain: [{ contact: { email: `a@${'a.'.repeat(150)}example.com` } }, 'invalid-address'],
  long_label: [{ contact: { email: `a@${'b'.repeat(64)}.example.com` } }, 'invalid-address'],
  dots: [{ contact: { email: 'a..b@example..com' } }, 'invalid-address'],
  opted_out: [{ contact: { receivesBillingEmail: false } }, 'no-billing-contact'],
  lonely: [{ contact: { accountId: 'acc_of_nobody' } }, 'no-contact'],
  orphan: [{ grant: { accountId: 'acc_that_never_was' } }, 'no-account'],
  closed: [{ account: { closedAt: '2026-05-25T12:00:00Z' } }, 'account-closed'],
}

/** Rows that look odd and are told all the same: how their mail says it. */
const TOLD: Readonly<Record<string, readonly [row: Customer, line: string]>> = {
  odd_kind: [{ grant: { kind: 'loyalty points', name: null } }, '$18.00 - Credits'],
  no_kind: [{ grant: { kind: ' ' } }, '$18.00 - Pack of no_kind'],
  bc_grant: [{ grant: { grantedAt: '4713-01-01Z BC' } }, '$18.00 - Pack of bc_grant'],
  prototype: [{ grant: { kind: 'constructor', unit: '__proto__' } }, '18 __proto__ - Pack of prototype'],
  odd_unit: [{ grant: { unit: 'Ærø-tokens', remaining: '3' } }, '3 Ærø-tokens - Pack of odd_unit'],
  small_unit: [{ grant: { unit: 'usd', remaining: '3' } }, '3 usd - Pack of small_unit'],
  part_yen: [{ grant: { unit: 'JPY', remaining: '1234.5' } }, '¥1,234.5 - Pack of part_yen'],
  part_credit: [{ grant: { unit: 'credits', remaining: '0.000001' } }, '0.000001 credits - Pack of part_credit'],
  vast: [{ grant: { remaining: '123456789012345678901234.56' } }, '$123,456,789,012,345,678,901,234.56 - Pack of vast'],
  minimal: [{ grant: { remaining: '0.50' } }, '$0.50 - Pack of minimal'],
  old: [{ grant: { grantedAt: '0008-01-01Z' } }, '$18.00 - Pack of old'],
  void_later: [{ grant: { voidedAt: 'infinity' } }, '$18.00 - Pack of void_later'],
  zone: [{ account: { timeZone: 'Mars/Olympus' }, contact: { timeZone: '../../etc' } }, '12:00 UTC'],
  empty_zone: [{ account: { timeZone: '' }, contact: { timeZone: '+02:00' } }, '12:00 UTC'],
  contact_zone: [{ account: { timeZone: 'Europe/Berlin' }, contact: { timeZone: 'Nowhere' } }, '14:00 GMT+2'],
  locale: [{ account: { locale: 'xx-Nope' }, contact: { locale: '!!' } }, 'Monday, June 1, 2026'],
  posix_locale: [{ contact: { locale: 'en_GB' } }, 'Monday, 1 June 2026'],
  other_language: [{ contact: { locale: 'sv' }, account: { locale: 'en-GB' } }, 'Monday, 1 June 2026'],
  markup: [{ grant: { name: '<script>alert(1)</script>' } }, '$18.00 - <script>alert(1)</script>'],
  break: [{ grant: { name: 'One\r\n* $9,999.00 - Two' } }, '$18.00 - One * $9,999.00 - Two'],
  plus: [{ contact: { email: "o'hara+bill@example.com" } }, '$18.00 - Pack of plus'],
}

describe('one bad row among a thousand', () => {
  let program: Program
  let foreseen: Foreseen
  let outcome: RunOutcome
  let arrivals: readonly Arrival[]
  beforeAll(async () => {
    program = await openProgram()
    const { sql } = program.database
    await insertCrowd(sql, { count: SOUND, expiresFrom: new Date(EXPIRY), expiresTo: new Date(EXPIRY) })
    for (const [name, [row]] of [...Object.entries(SKIPPED), ...Object.entries(TOLD)]) {
      await insertCustomer(sql, name, row)
    }
    foreseen = await program.dryRunAt(NOW)
    outcome = await program.runAt(NOW)
    arrivals = await arrivalsAt(program.sink)
  })
  afterAll(() => program[Symbol.asyncDispose]())

  test('All others are told', () => {
    const told = SOUND + Object.keys(TOLD).length
    expect(outcome).toMatchObject({ delivered: { sent: told, failed: 0 }, unfinished: 0, closure: null })
    expect(program.sink.mails).toHaveLength(told)
    expect(new Set(arrivals.map(({ to }) => to)).size).toBe(told)
    expect(outcome.sweep.heldBecause).toBeNull()
  })

  test.each(Object.entries(SKIPPED))('%s is skipped with its reason', async (name, [, reason, detail]) => {
    const kept = await program.database.sql(`SELECT reason, detail FROM reminders.decisions WHERE grant_id = $1`, [
      `cg_${name}`,
    ])
    expect(kept).toEqual(reason === null ? [] : [{ reason, detail: detail ?? null }])
    const listed = foreseen.skipped.filter(({ grant }) => grant === `cg_${name}`)
    expect(listed).toMatchObject(reason === null ? [] : [{ reason, ...(detail !== undefined && { detail }) }])
  })

  test.each(Object.entries(TOLD))('%s is told', (name, [row, line]) => {
    const to = row.contact?.email ?? `${name}@example.com`
    const [arrival, ...more] = arrivals.filter((each) => each.to === to)
    expect(more).toEqual([])
    expect(arrival?.lines).toEqual([expect.stringContaining(line)])
  })

  test('No row but these is skipped, and the rows that were mended on the way are named', () => {
    const skipped = Object.entries(SKIPPED).filter(([, [, reason]]) => reason !== null)
    expect(foreseen.skipped.map(({ grant }) => grant).toSorted()).toEqual(
      skipped.map(([name]) => `cg_${name}`).toSorted(),
    )
    expect(foreseen.faults.map(({ row }) => row).toSorted()).toEqual([
      'account acc_empty_zone',
      'account acc_zone',
      'contact con_contact_zone',
      'contact con_empty_zone',
      'contact con_locale',
      'contact con_zone',
    ])
  })
})
