import { describe, expect, it } from 'vitest'
import { addresseesOf, readerLocale, readerZone, rowFaultsOf } from '../../src/domain/reader.ts'
import { nearest, SKIP_REASONS, type SkipReason } from '../../src/domain/reasons.ts'
import { someAccount, someContact, someFile, someRules } from './builders.ts'

type Row = Parameters<typeof someContact>[0]

const EVERYBODY = { allowedRecipients: null }

const objections = (...rows: Row[]) =>
  Object.fromEntries(
    addresseesOf(rows.map(someContact), EVERYBODY).map(({ contact, objections }) => [contact.id, objections.warning]),
  )

describe('the addressees of an account', () => {
  it('come in the order of their ids, and each knows all the rows of its address', () => {
    const rows: Row[] = [{ id: 'c', email: 'ANA@Example.com' }, { id: 'b', email: 'bo@example.com' }, { id: 'a' }]
    const addressees = addresseesOf(rows.map(someContact), EVERYBODY)
    expect(addressees.map(({ contact, address, contactIds }) => [contact.id, address, contactIds.toSorted()])).toEqual([
      ['a', 'ana@example.com', ['a', 'c']],
      ['b', 'bo@example.com', ['b']],
      ['c', 'ana@example.com', ['a', 'c']],
    ])
  })

  it('of one address: the first is written to, by id and not by row', () => {
    expect(objections({ id: 'b' }, { id: 'a', email: 'ANA@example.com' })).toEqual({ a: null, b: 'duplicate-address' })
  })

  it.each([
    ['gets no billing mail', { receivesBillingEmail: false }, 'no-billing-contact'],
    ['is suppressed', { suppressed: 'all' }, 'suppressed'],
  ] as const)('of one address, of which the first %s: the second is written to', (_, first, reason) => {
    expect(objections({ id: 'a', ...first }, { id: 'b' })).toEqual({ a: reason, b: null })
  })

  it.each([
    ['the first', { id: 'a', optedOut: 'all' }, { id: 'b' }],
    ['the second', { id: 'a' }, { id: 'b', email: 'ANA@example.com', optedOut: 'all' }],
    ['one that gets no billing mail', { id: 'a', optedOut: 'all', receivesBillingEmail: false }, { id: 'b' }],
  ])('of one address, of which %s asked for no more: none is written to', (_, one, other) => {
    const rows = [one, other]
    expect(Object.values(objections(...rows))).not.toContain(null)
    expect(objections(...rows)).toMatchObject({ b: 'unsubscribed' })
  })

  it('of an address that warnings are kept from: the final notice goes to the one that is written to', () => {
    const rows: Row[] = [
      { id: 'a', suppressed: 'warnings' },
      { id: 'b', suppressed: 'warnings' },
      { id: 'c', email: 'bo@example.com' },
    ]
    const addressees = addresseesOf(rows.map(someContact), EVERYBODY)
    expect(Object.fromEntries(addressees.map(({ contact, objections }) => [contact.id, objections]))).toEqual({
      a: { warning: 'suppressed', expired: null, correction: 'suppressed' },
      b: { warning: 'suppressed', expired: 'duplicate-address', correction: 'suppressed' },
      c: { warning: null, expired: null, correction: null },
    })
  })

  it('of one address, of which one asked for no more warnings: neither is warned, and the final notice goes to one', () => {
    const addressees = addresseesOf(
      [{ id: 'a' }, { id: 'b', optedOut: 'warnings' as const }].map(someContact),
      EVERYBODY,
    )
    expect(Object.fromEntries(addressees.map(({ contact, objections }) => [contact.id, objections]))).toEqual({
      a: { warning: 'unsubscribed', expired: null, correction: 'unsubscribed' },
      b: { warning: 'unsubscribed', expired: 'duplicate-address', correction: 'unsubscribed' },
    })
  })

  it('who share no address do not stand for each other', () => {
    const rows: Row[] = [
      { id: 'a', optedOut: 'all' },
      { id: 'b', email: 'bo@example.com' },
    ]
    expect(objections(...rows)).toEqual({ a: 'unsubscribed', b: null })
  })

  it('that have several things against them are told of the first in the order of the list', () => {
    const everything: Row = { receivesBillingEmail: false, email: 'nobody', optedOut: 'all', suppressed: 'all' }
    expect(objections(everything)).toEqual({ con_1: 'no-billing-contact' })
    expect(objections({ ...everything, receivesBillingEmail: true })).toEqual({ con_1: 'invalid-address' })
    expect(objections({ optedOut: 'all', suppressed: 'all' })).toEqual({ con_1: 'unsubscribed' })
  })
})

describe('where only some may be written to', () => {
  const allowedRecipients = new Set(['ana@example.com', '@example.org'])
  const objectionsTo = (rows: readonly Row[]) =>
    Object.fromEntries(
      addresseesOf(rows.map(someContact), { allowedRecipients }).map((each) => [each.contact.id, each.objections]),
    )

  it('the others are withheld, of whatever category', () => {
    const rows: Row[] = [{ id: 'a' }, { id: 'b', email: 'bo@example.com' }, { id: 'c', email: 'Cy@Example.ORG' }]
    expect(objectionsTo(rows)).toEqual({
      a: { warning: null, expired: null, correction: null },
      b: { warning: 'withheld', expired: 'withheld', correction: 'withheld' },
      c: { warning: null, expired: null, correction: null },
    })
  })

  it('a contact that gets no mail anyway keeps its own reason', () => {
    const email = 'bo@example.com'
    const rows: Row[] = [
      { id: 'a', email, receivesBillingEmail: false },
      { id: 'b', email: 'nobody' },
      { id: 'c', email: 'cy@example.com', optedOut: 'all' },
      { id: 'd', email: 'di@example.com', suppressed: 'warnings' },
    ]
    expect(objectionsTo(rows)).toEqual({
      a: { warning: 'no-billing-contact', expired: 'no-billing-contact', correction: 'no-billing-contact' },
      b: { warning: 'invalid-address', expired: 'invalid-address', correction: 'invalid-address' },
      c: { warning: 'unsubscribed', expired: 'unsubscribed', correction: 'unsubscribed' },
      d: { warning: 'suppressed', expired: 'withheld', correction: 'suppressed' },
    })
  })
})

describe('of the reasons of several contacts, the nearest to a mail is the one of the grant', () => {
  const order = [
    ...['already-told', 'awaiting-delivery', 'delivery-failed', 'discarded', 'address-limit', 'not-due', 'no-rung'],
    ...['withheld', 'suppressed', 'unsubscribed', 'invalid-address', 'no-billing-contact', 'no-contact'],
  ] as SkipReason[]

  it.each(order.slice(1).map((far, index) => [order[index] as SkipReason, far]))('%s before %s', (near, far) => {
    expect(nearest([far, near])).toBe(near)
    expect(nearest([near, far])).toBe(near)
  })

  it('is known by itself, too, and none is lost', () => {
    expect(order.map((reason) => nearest([reason]))).toEqual(order)
    expect(nearest([])).toBe('no-contact')
    expect(Object.keys(SKIP_REASONS)).toEqual(expect.arrayContaining(order))
  })
})

describe("a reader's zone and language", () => {
  const rules = someRules({ timeZone: 'America/New_York', locale: 'fr' })

  it('are the first that are known, of contact, account and rules', () => {
    const zoneOf = (contact: string | null, account: string | null) =>
      readerZone(someContact({ timeZone: contact }), someAccount({ timeZone: account }), rules)
    expect(zoneOf('Asia/Kolkata', 'Europe/Berlin')).toBe('Asia/Kolkata')
    expect(zoneOf('Mars/Base', 'Europe/Berlin')).toBe('Europe/Berlin')
    expect(zoneOf(null, 'Mars/Base')).toBe('America/New_York')
    expect(readerZone(someContact(), null, rules)).toBe('America/New_York')
  })

  it.each([
    ['pt-BR', 'en', 'pt-BR'],
    ['pt_BR', 'en', 'pt-BR'],
    ['zh-Hant-TW', 'en', 'zh-Hant-TW'],
    ['de', 'EN_gb', 'en-GB'],
    ['not a locale', null, 'fr'],
    [null, null, 'fr'],
  ])('%s, of an account in %s: %s', (contact, account, expected) => {
    const settings = { rules, locales: ['en', 'pt', 'zh-Hant'] }
    const locale = readerLocale(someContact({ locale: contact }), someAccount({ locale: account }), settings)
    expect(locale).toBe(expected)
  })

  it('that could not be used are faults of their rows, and of no others', () => {
    const file = someFile({
      account: someAccount({ timeZone: 'Mars/Base', locale: 'en' }),
      contacts: [someContact({ locale: 'not a locale' }), someContact({ id: 'con_2', timeZone: '', locale: 'pt_BR' })],
    })
    expect(rowFaultsOf(file)).toEqual([
      { row: 'account acc_1', fault: 'time zone "Mars/Base" is unknown; not used' },
      { row: 'contact con_1', fault: 'locale "not a locale" is unknown; not used' },
      { row: 'contact con_2', fault: 'time zone "" is unknown; not used' },
    ])
    expect(rowFaultsOf(someFile({ account: null }))).toEqual([])
  })
})
