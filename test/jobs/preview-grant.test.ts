import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openForPreview } from '../../src/compose-mails.ts'
import { UsageError } from '../../src/errors.ts'
import type { PreviewSetting } from '../../src/jobs/preview.ts'
import { previewGrant } from '../../src/jobs/preview-grant.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { AS_OF } from '../support/company.ts'
import { testDatabase } from '../support/database.ts'

describe('the preview of a grant', async () => {
  const database = await testDatabase()
  afterAll(database.drop)
  let setting: PreviewSetting
  beforeAll(async () => {
    const { sql } = database
    setting = await openForPreview({})
    await insertAccount(sql, { timeZone: 'Asia/Kolkata', locale: 'en-IN' })
    await insertContact(sql, { id: 'zoe', email: 'zoe@example.com' })
    await insertContact(sql, { id: 'bad', email: 'no address' })
    const expiresAt = '2026-05-29T12:00:00Z'
    await insertGrant(sql, { id: 'live', expiresAt })
    await insertGrant(sql, { id: 'written-off', expiresAt, remaining: '0', expiredAmount: '7.50' })
    await insertGrant(sql, { id: 'by-policy', expiresAt: null })
    await insertGrant(sql, { id: 'for-ever', expiresAt: null, kind: 'gift' })
    await insertGrant(sql, { id: 'unreadable', expiresAt: '-infinity' })
  })

  const preview = async (grantId: string, asOf = AS_OF, locale: string | null = null) => {
    const request = { grantId, asOf: new Date(asOf), locale }
    const { mails, remarks } = await previewGrant({ ...setting, db: database.db }, request)
    const [warning, last, expired, correction, ...more] = mails.map(({ message }) => message)
    if (!(warning && last && expired && correction) || more.length > 0) throw new Error('four mails were expected')
    return { warning, last, expired, correction, remarks }
  }

  test('before the expiry, warns as of now, and tells of the end as of when that notice is due', async () => {
    const { warning, expired, remarks } = await preview('live')
    expect(warning.date.toISOString()).toBe('2026-05-25T12:00:00.000Z')
    expect(warning.text).toContain('in 4 days')
    // The next 09:00 of the reader after the expiry.
    expect(expired.date.toISOString()).toBe('2026-05-30T03:30:00.000Z')
    expect(warning.to.address).toBe('zoe@example.com')
    expect(remarks).toEqual([])
  })

  test('shows the last warning as of when the tightest rung is due, and the good news', async () => {
    const { last, correction } = await preview('live')
    // A day before the expiry, at 09:00 of the reader.
    expect(last.date.toISOString()).toBe('2026-05-28T03:30:00.000Z')
    expect(last.subject).toMatch(/^Last reminder: /)
    expect(correction.subject).toMatch(/can be used until 29 May 2026$/)
    expect(correction.text).toContain('(before: 29 Apr 2026)')
  })

  test('after the expiry, warns as of the day before it', async () => {
    const { warning, expired } = await preview('live', '2026-06-01T00:00:00Z')
    expect(warning.date.toISOString()).toBe('2026-05-28T12:00:00.000Z')
    expect(warning.text).toContain('tomorrow')
    expect(expired.date.toISOString()).toBe('2026-06-01T00:00:00.000Z')
  })

  test('tells of what the ledger wrote off, and why nobody is told now', async () => {
    const { warning, expired, remarks } = await preview('written-off')
    expect(expired.subject).toContain('$7.50')
    expect(warning.subject).toContain('$0.00')
    expect(remarks).toEqual([
      'as of 2026-05-25T12:00:00.000Z nobody is told of this grant: nothing is left to lose (nothing-remaining)',
    ])
  })

  test('finds the expiry that the policy gives', async () => {
    expect((await preview('by-policy')).warning.text).toContain('1 January 2027')
  })

  test("is in the language asked for, in the reader's zone", async () => {
    expect((await preview('live')).warning.text).toContain('29 May')
    expect((await preview('live', AS_OF, 'en-US')).warning.text).toContain('May 29')
  })

  test.each([
    ['nothing', 'there is no credit grant nothing in billing.credit_grants; look its id up there'],
    ['for-ever', 'the credit grant for-ever never expires: there is no mail about it; name one that does'],
    ['unreadable', 'the credit grant unreadable cannot be understood: expires_at is -infinity; mend its row'],
  ])('of %s is refused in one line', async (grantId, line) => {
    const error: unknown = await preview(grantId).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).lines).toEqual([line])
  })
})
