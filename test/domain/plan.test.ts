import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { planAccount } from '../../src/domain/plan.ts'
import { at, contextAt, policy, someAccount, someContact, someFile, someGrant, someRules } from './builders.ts'

/** P7D of the default grant (expiry 1 June, 12:00) has been due for an hour. */
const NOW = at('2026-05-25T10:00:00Z')

/** A ladder of one rung, so that no wider one is due instead. */
const weekOnly = someRules({ policies: { purchased: policy(['P7D']) } })

function planOf(file: Partial<AccountFile>, rules = someRules(), now = NOW) {
  return planAccount(someFile(file), contextAt(now, rules))
}
const reasonOf = (file: Partial<AccountFile>, rules = someRules(), now = NOW) => {
  const { mails, skips } = planOf(file, rules, now)
  expect(mails).toEqual([])
  expect(skips).toHaveLength(1)
  return skips[0]?.reason
}

describe('a grant with something at stake', () => {
  it('brings one mail with the tightest due stage, what remains and the instant of expiry', () => {
    expect(planOf({})).toEqual({
      mails: [
        {
          accountId: 'acc_1',
          contactId: 'con_1',
          to: 'ana@example.com',
          category: 'warning',
          locale: 'en',
          timeZone: 'UTC',
          deadline: at('2026-06-01T12:00:00Z'),
          notices: [
            {
              grantId: 'cg_1',
              kind: 'purchased',
              name: 'Prepaid credits',
              stage: 'P7D',
              expiresAt: at('2026-06-01T12:00:00Z'),
              dueAt: at('2026-05-25T09:00:00Z'),
              unit: 'USD',
              amount: '18.00',
            },
          ],
        },
      ],
      skips: [],
    })
  })

  it('is told at the same business day to readers in their own zones', () => {
    const contacts = [
      someContact({ id: 'a', email: 'a@example.com', timeZone: 'Pacific/Kiritimati' }),
      someContact({ id: 'b', email: 'b@example.com', timeZone: 'Pacific/Pago_Pago' }),
    ]
    // Noon UTC is 2 June in Kiritimati and still 1 June in Pago Pago.
    const told = (now: string) => planOf({ contacts }, weekOnly, at(now)).mails.map(({ contactId }) => contactId)
    expect(told('2026-05-25T18:59:59Z')).toEqual([])
    expect(told('2026-05-25T19:00:00Z')).toEqual(['a'])
    expect(told('2026-05-25T20:00:00Z')).toEqual(['a', 'b'])
  })
})

describe('nothing to lose, nothing sent', () => {
  it.each([
    ['zero', { remaining: '0.00' }, 'nothing-remaining'],
    ['a negative balance', { remaining: '-4.10' }, 'nothing-remaining'],
    ['a tiny balance under the minimum', { remaining: '0.4999999999999999999' }, 'below-minimum'],
    ['a voided grant', { voidedAt: at('2026-05-01T00:00:00Z') }, 'voided'],
    ['a grant that starts later', { effectiveAt: at('2026-05-26T00:00:00Z') }, 'not-yet-effective'],
    ['an expiry before the grant', { grantedAt: at('2026-06-02T00:00:00Z') }, 'expires-before-start'],
  ])('%s', (_, grant, reason) => {
    expect(reasonOf({ grants: [someGrant(grant)] })).toBe(reason)
  })

  it('the minimum itself is worth a mail, and a unit without a minimum has none', () => {
    expect(planOf({ grants: [someGrant({ remaining: '0.50' })] }).mails).toHaveLength(1)
    expect(planOf({ grants: [someGrant({ unit: 'credits', remaining: '0.000001' })] }).mails).toHaveLength(1)
  })

  it('a closed account', () => {
    expect(reasonOf({ account: someAccount({ closedAt: NOW }) })).toBe('account-closed')
    expect(planOf({ account: someAccount({ closedAt: at('2026-05-25T10:00:00.001Z') }) }).mails).toHaveLength(1)
  })

  it('an account that does not exist', () => {
    expect(reasonOf({ account: null })).toBe('no-account')
  })

  it('a row that cannot be understood says which value, and stops nobody else', () => {
    const grants = [{ id: 'bad', accountId: 'acc_1', fault: 'remaining is NaN' }, someGrant()]
    const { mails, skips } = planOf({ grants })
    expect(mails).toHaveLength(1)
    expect(skips).toMatchObject([{ grantId: 'bad', reason: 'invalid-row', detail: 'remaining is NaN' }])
  })
})

describe('a skip', () => {
  const rules = someRules({ policies: { purchased: policy(['P7D'], { validity: 'P1M' }) } })
  /** 31 August in Berlin, and so to expire on 30 September there, which is the 29th of UTC. */
  const granted = { grantedAt: at('2025-08-30T22:30:00Z'), expiresAt: null }
  const skipsOf = (grant: Parameters<typeof someGrant>[0], now: string) =>
    planOf({ account: someAccount({ timeZone: 'Europe/Berlin' }), grants: [someGrant(grant)] }, rules, at(now)).skips

  it("names the expiry, by the calendar of the account's zone", () => {
    const expiresAt = at('2025-09-29T22:30:00Z')
    expect(skipsOf({ ...granted, remaining: '0' }, '2025-09-20T12:00:00Z')).toEqual([
      { grantId: 'cg_1', accountId: 'acc_1', reason: 'nothing-remaining', expiresAt, detail: null },
    ])
    expect(skipsOf(granted, '2025-09-20T12:00:00Z')).toMatchObject([{ reason: 'not-due', expiresAt }])
  })

  it('is of a grant within reach, by the same calendar', () => {
    const spent = { ...granted, remaining: '0' }
    expect(skipsOf(spent, '2025-10-06T22:30:00Z')).toHaveLength(1)
    expect(skipsOf(spent, '2025-10-06T22:30:00.001Z')).toEqual([])
  })
})

describe('who is written to', () => {
  it.each([
    ['nobody', [], 'no-contact'],
    ['nobody for billing', [someContact({ receivesBillingEmail: false })], 'no-billing-contact'],
    ['an empty address', [someContact({ email: '' })], 'invalid-address'],
    [
      'an address with a line break',
      [someContact({ email: 'a@example.com\r\nBcc: b@example.com' })],
      'invalid-address',
    ],
    ['two addresses in one', [someContact({ email: 'a@example.com,b@example.com' })], 'invalid-address'],
    ['somebody who asked for no more', [someContact({ optedOut: 'all' })], 'unsubscribed'],
    ['a suppressed address', [someContact({ suppressed: 'all' })], 'suppressed'],
  ])('%s', (_, contacts, reason) => {
    expect(reasonOf({ contacts })).toBe(reason)
  })

  it('nobody whose address warnings are kept from, until the credits are gone', () => {
    const contacts = [someContact({ suppressed: 'warnings' })]
    expect(reasonOf({ contacts })).toBe('suppressed')
    const gone = someGrant({ id: 'cg_gone', expiresAt: at('2026-05-24T12:00:00Z') })
    const { mails, skips } = planOf({ contacts, grants: [gone, someGrant()] })
    expect(mails).toMatchObject([{ category: 'expired', notices: [{ grantId: 'cg_gone' }] }])
    expect(skips).toMatchObject([{ grantId: 'cg_1', reason: 'suppressed' }])
  })

  it('of two contacts the one whose address warnings are not kept from, and both once the credits are gone', () => {
    const contacts = [
      someContact({ suppressed: 'warnings' }),
      someContact({ id: 'con_2', email: 'bo@example.com' }),
      someContact({ id: 'con_3', email: 'cy@example.com', suppressed: 'all' }),
    ]
    const gone = someGrant({ id: 'cg_gone', expiresAt: at('2026-05-24T12:00:00Z') })
    const { mails, skips } = planOf({ contacts, grants: [gone, someGrant()] })
    expect(mails.map(({ to, category }) => [to, category])).toEqual([
      ['ana@example.com', 'expired'],
      ['bo@example.com', 'warning'],
      ['bo@example.com', 'expired'],
    ])
    expect(skips).toEqual([])
  })

  it('every billing contact of the account, once an address', () => {
    const contacts = [
      someContact({ id: 'c', email: 'ANA@example.com' }),
      someContact({ id: 'a', email: 'ana@Example.com' }),
      someContact({ id: 'b', email: 'bo@example.com' }),
    ]
    expect(planOf({ contacts }).mails.map(({ to }) => to)).toEqual(['ana@Example.com', 'bo@example.com'])
  })

  it('names the reason nearest to a mail where contacts differ', () => {
    const contacts = [
      someContact({ id: 'a', email: '' }),
      someContact({ id: 'b', email: 'b@example.com', timeZone: 'Pacific/Pago_Pago' }),
    ]
    expect(reasonOf({ contacts }, weekOnly)).toBe('not-due')
  })

  it('holds back what exceeds the mails a day of one address, for a later sweep', () => {
    const rules = someRules({ maxEmailsPerAddressPerDay: 2 })
    const context = { ...contextAt(NOW, rules), mailsToday: () => 1 }
    const gone = someGrant({ id: 'cg_gone', expiresAt: at('2026-05-24T12:00:00Z') })
    const { mails, skips } = planAccount(someFile({ grants: [gone, someGrant()] }), context)
    expect(mails.map(({ category }) => category)).toEqual(['warning'])
    expect(skips).toMatchObject([{ grantId: 'cg_gone', reason: 'address-limit' }])
  })

  it('counts the mails of an address however it is written', () => {
    const contacts = [someContact({ email: 'ANA@Example.com' }), someContact({ id: 'con_2', email: 'bo@example.com' })]
    const context = { ...contextAt(NOW), mailsToday: (address: string) => (address === 'ana@example.com' ? 4 : 3) }
    expect(planAccount(someFile({ contacts }), context).mails.map(({ to }) => to)).toEqual(['bo@example.com'])
  })
})

describe('zones and locales', () => {
  it('come from the contact, else the account, else the rules; an unknown one is passed over', () => {
    const zoneOf = (contact: string | null, account: string | null) =>
      planOf({
        account: someAccount({ timeZone: account }),
        contacts: [someContact({ timeZone: contact })],
      }).mails[0]?.timeZone
    expect(zoneOf('Asia/Kolkata', 'Europe/Berlin')).toBe('Asia/Kolkata')
    expect(zoneOf('Mars/Base', 'Europe/Berlin')).toBe('Europe/Berlin')
    expect(zoneOf(null, '')).toBe('UTC')
    expect(zoneOf('+02:00', null)).toBe('UTC')
  })

  it('a locale without templates falls back; a region of a language that has them stays', () => {
    const localeOf = (contact: string | null, account: string | null) =>
      planOf({ account: someAccount({ locale: account }), contacts: [someContact({ locale: contact })] }).mails[0]
        ?.locale
    expect(localeOf('en_GB', null)).toBe('en-GB')
    expect(localeOf('xx', 'en-AU')).toBe('en-AU')
    expect(localeOf('not a locale', null)).toBe('en')
  })
})

describe('one mail a person', () => {
  it('carries all grants of a category, most urgent first', () => {
    const grants = [
      someGrant({ id: 'cg_2', expiresAt: at('2026-06-01T11:00:00Z') }),
      someGrant({ id: 'cg_1', expiresAt: at('2026-06-01T12:00:00Z') }),
      someGrant({ id: 'cg_0', expiresAt: at('2026-06-01T12:00:00Z'), unit: 'credits' }),
      someGrant({ id: 'cg_gone', expiresAt: at('2026-05-24T12:00:00Z') }),
    ]
    const mails = planOf({ grants }).mails.map(({ category, notices }) => [category, notices.map((n) => n.grantId)])
    expect(mails).toEqual([
      ['warning', ['cg_2', 'cg_0', 'cg_1']],
      ['expired', ['cg_gone']],
    ])
  })
})

describe('the final notice', () => {
  const now = at('2026-06-02T09:00:00Z')

  it.each([
    ['what the ledger wrote off, where it zeroes the balance', { remaining: '0', expiredAmount: '18.00' }, '18.00'],
    ['what remained, where it does not', { remaining: '7.25', expiredAmount: null }, '7.25'],
  ])('is for %s', (_, grant, amount) => {
    const { mails } = planOf({ grants: [someGrant(grant)] }, someRules(), now)
    expect(mails).toMatchObject([{ category: 'expired', notices: [{ stage: 'expired', amount }] }])
  })

  it('is of use for as long as the expiry is news', () => {
    expect(planOf({}, someRules(), now).mails).toMatchObject([{ deadline: at('2026-06-08T12:00:00Z') }])
  })

  it('does not go out for a balance that was spent in time', () => {
    expect(reasonOf({ grants: [someGrant({ remaining: '0' })] }, someRules(), now)).toBe('nothing-remaining')
  })

  it('is left out where the policy says so', () => {
    const rules = someRules({ policies: { purchased: policy(['P7D'], { notifyExpired: false }) } })
    expect(reasonOf({}, rules, now)).toBe('expired-notice-off')
  })
})

describe('an expiry that follows from the validity of the policy', () => {
  const expiryIn = (grantedAt: string, timeZone: string, validity: string) => {
    const rules = someRules({ policies: { purchased: policy(['P400D'], { validity }) } })
    const grants = [someGrant({ grantedAt: at(grantedAt), expiresAt: null })]
    const account = someAccount({ timeZone })
    // Half a day later, so that the rung of 400 days is out of play and the plan still names the expiry.
    const { skips, mails } = planOf({ grants, account }, rules, new Date(at(grantedAt).getTime() + 43_200_000))
    return (skips[0]?.expiresAt ?? mails[0]?.notices[0]?.expiresAt)?.toISOString()
  }
  it.each([
    ['29 February plus a year is 28 February', '2024-02-29T12:00:00Z', 'UTC', 'P1Y', '2025-02-28T12:00:00.000Z'],
    [
      '31 August plus six months is the end of February',
      '2025-08-31T12:00:00Z',
      'UTC',
      'P6M',
      '2026-02-28T12:00:00.000Z',
    ],
    ["the calendar is the account's", '2025-08-30T22:30:00Z', 'Europe/Berlin', 'P1M', '2025-09-29T22:30:00.000Z'],
    [
      'the local time stays over a clock change',
      '2026-03-01T11:00:00Z',
      'Europe/Berlin',
      'P1M',
      '2026-04-01T10:00:00.000Z',
    ],
  ])('%s', (_, grantedAt, zone, validity, expected) => {
    expect(expiryIn(grantedAt, zone, validity)).toBe(expected)
  })

  it('never comes where neither the grant nor its policy states one', () => {
    const grants = [someGrant({ kind: 'gift', expiresAt: null }), someGrant({ id: 'cg_2', expiresAt: 'never' })]
    expect(planOf({ grants })).toEqual({ mails: [], skips: [] })
  })
})
