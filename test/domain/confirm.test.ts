import { describe, expect, it } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { type Confirmation, confirmMail, type PendingMail } from '../../src/domain/confirm.ts'
import { EXPIRED_STAGE } from '../../src/domain/model.ts'
import { planAccount } from '../../src/domain/plan.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { at, contextAt, policy, someAccount, someContact, someFile, someGrant, someRules } from './builders.ts'
import { asTold } from './world.ts'

const PLANNED_AT = at('2026-05-25T10:00:00Z')
const SENT_AT = at('2026-05-25T10:05:00Z')

/** Three grants that expire on 1 June and are warned of in one mail; cg_1 is what changes. */
const [first, second, third] = [
  someGrant({ id: 'cg_1', expiresAt: at('2026-06-01T12:00:00Z') }),
  someGrant({ id: 'cg_2', expiresAt: at('2026-06-01T12:00:00Z') }),
  someGrant({ id: 'cg_3', expiresAt: at('2026-06-01T11:00:00Z') }),
]
const WEEK_ONLY = someRules({ policies: { purchased: policy(['P7D']) } })

type Outcome = Readonly<{ kept: readonly string[]; dropped: Readonly<Record<string, string>> }>

/** Plans the mail, and confirms it after a change of the account. */
function confirmedAfter(change: (file: AccountFile) => Partial<AccountFile>, now = SENT_AT, rules = someRules()) {
  const planned = someFile({ grants: [first, second, third] })
  const [mail] = planAccount(planned, contextAt(PLANNED_AT, rules)).mails
  if (mail === undefined) throw new Error('no mail was planned')
  const notices = asTold(mail, 'planned').map((notice) => ({ ...notice, id: `${notice.grantId} of the mail` }))
  const file = { ...planned, told: notices }
  return confirmMail({ id: 'mail', ...mail, notices }, { ...file, ...change(file) }, contextAt(now, rules))
}

function outcomeOf({ lines, dropped }: Confirmation): Outcome {
  return {
    kept: lines.map(({ grant }) => grant.id),
    dropped: Object.fromEntries(dropped.map(({ noticeId, reason }) => [noticeId.replace(' of the mail', ''), reason])),
  }
}

/** Something else that the ledger holds about the first grant. */
function alsoTold(more: Partial<LedgerNotice>) {
  return ({ told }: AccountFile): Partial<AccountFile> => {
    const other: LedgerNotice = {
      id: 'other',
      mailId: 'other',
      grantId: 'cg_1',
      contactId: 'con_1',
      address: 'ana@example.com',
      expiresAt: at('2026-06-01T12:00:00Z'),
      stage: 'P7D',
      state: 'sent',
      ...more,
    }
    return { told: [...told, other] }
  }
}
const firstGrant = (more: Parameters<typeof someGrant>[0]) => (): Partial<AccountFile> => ({
  grants: [{ ...first, ...more } as typeof first, second, third],
})
const contacts = (...list: Parameters<typeof someContact>[0][]) => {
  return (): Partial<AccountFile> => ({ contacts: list.map(someContact) })
}

describe('a mail of which nothing has changed', () => {
  it('goes out whole, in the order of its expiries, with what is left now', () => {
    const confirmed = confirmedAfter(firstGrant({ remaining: '7.25' }))
    expect(outcomeOf(confirmed)).toEqual({ kept: ['cg_3', 'cg_1', 'cg_2'], dropped: {} })
    expect(confirmed.lines[1]).toMatchObject({
      noticeId: 'cg_1 of the mail',
      stage: 'P7D',
      amount: '7.25',
      expiresAt: at('2026-06-01T12:00:00Z'),
    })
  })

  it('is not overtaken by itself, when it is sent again because nobody knows whether it went out', () => {
    const asSent = ({ told }: AccountFile) => ({ told: told.map((notice) => ({ ...notice, state: 'sent' as const })) })
    expect(outcomeOf(confirmedAfter(asSent)).dropped).toEqual({})
  })

  it('keeps its order however its notices and the rows come', () => {
    const grants = [third, second, first]
    const [mail] = planAccount(someFile({ grants }), contextAt(PLANNED_AT)).mails
    const notices = mail === undefined ? [] : asTold(mail, 'planned').toReversed()
    const pending = { ...mail, id: 'mail', notices } as PendingMail
    const { lines } = confirmMail(pending, someFile({ grants }), contextAt(SENT_AT))
    expect(lines.map(({ grant }) => grant.id)).toEqual(['cg_3', 'cg_1', 'cg_2'])
  })

  it('goes to the contact as it is written now, in its zone and language', () => {
    const change = () => ({
      account: someAccount({ name: 'Acme Ltd', timeZone: 'Europe/Berlin' }),
      contacts: [someContact({ email: 'Ana@new.example', locale: 'en-GB', timeZone: 'Asia/Kolkata' })],
    })
    expect(confirmedAfter(change)).toMatchObject({
      to: 'Ana@new.example',
      accountName: 'Acme Ltd',
      locale: 'en-GB',
      timeZone: 'Asia/Kolkata',
      contact: { id: 'con_1' },
    })
  })
})

describe('one line goes, and the others stay, when its grant', () => {
  it.each([
    ['is no longer there', () => ({ grants: [second, third] }), 'grant-missing'],
    [
      'cannot be read any more',
      () => ({ grants: [{ id: 'cg_1', accountId: 'acc_1', fault: 'remaining is NaN' }, second, third] }),
      'invalid-row',
    ],
    ['was voided', firstGrant({ voidedAt: SENT_AT }), 'voided'],
    ['was spent', firstGrant({ remaining: '0.00' }), 'nothing-remaining'],
    ['was spent but for a little', firstGrant({ remaining: '0.49' }), 'below-minimum'],
    ['was extended by a millisecond', firstGrant({ expiresAt: at('2026-06-01T12:00:00.001Z') }), 'expiry-moved'],
    ['was shortened', firstGrant({ expiresAt: at('2026-06-01T11:00:00Z') }), 'expiry-moved'],
    ['was shortened to the past', firstGrant({ expiresAt: at('2026-05-25T10:05:00Z') }), 'expiry-moved'],
    ['was shortened to long ago', firstGrant({ expiresAt: at('2026-05-01T00:00:00Z') }), 'expired-too-long-ago'],
    ['never expires now', firstGrant({ expiresAt: 'never' }), 'never-expires'],
    ['begins later now', firstGrant({ effectiveAt: at('2026-05-26T00:00:00Z') }), 'not-yet-effective'],
    ['begins after its end', firstGrant({ grantedAt: at('2026-06-01T12:00:00Z') }), 'expires-before-start'],
  ] as const)('%s', (_, change, reason) => {
    expect(outcomeOf(confirmedAfter(change))).toEqual({ kept: ['cg_3', 'cg_2'], dropped: { cg_1: reason } })
  })

  it('expired before the warning could go out', () => {
    const now = at('2026-06-01T11:00:00Z')
    const expected = { kept: ['cg_1', 'cg_2'], dropped: { cg_3: 'expired-meanwhile' } }
    expect(outcomeOf(confirmedAfter(() => ({}), now))).toEqual(expected)
    expect(outcomeOf(confirmedAfter(() => ({}), new Date(now.getTime() - 1))).dropped).toEqual({})
  })

  it('expired, where the policy says nothing of that', () => {
    const silent = someRules({ policies: { purchased: policy(['P7D'], { notifyExpired: false }) } })
    const expected = { kept: ['cg_1', 'cg_2'], dropped: { cg_3: 'expired-notice-off' } }
    expect(outcomeOf(confirmedAfter(() => ({}), at('2026-06-01T11:00:00Z'), silent))).toEqual(expected)
  })
})

describe('one line goes when the ledger holds, of the same expiry and for the same person,', () => {
  it.each([
    ['a tighter notice that was sent', { stage: 'P1D', state: 'sent' }, 'superseded'],
    ['a tighter notice that is about to be', { stage: 'P1D', state: 'planned' }, 'superseded'],
    ['a tighter one for a twin of the address', { stage: 'P1D', contactId: 'con_2' }, 'superseded'],
    ['the final notice', { stage: EXPIRED_STAGE }, 'superseded'],
    ['the same stage, sent to a twin of the address', { contactId: 'con_2' }, 'already-told'],
    ['the same stage, sent to the old address', { address: 'old@example.com' }, 'already-told'],
    ['a stage of the same length', { stage: 'P1W' }, 'already-told'],
  ] as const)('%s', (_, other, reason) => {
    expect(outcomeOf(confirmedAfter(alsoTold(other)))).toEqual({ kept: ['cg_3', 'cg_2'], dropped: { cg_1: reason } })
  })

  it.each([
    ['a tighter notice that waits for approval', { stage: 'P1D', state: 'held' }],
    ['a tighter notice that failed', { stage: 'P1D', state: 'failed' }],
    ['a tighter notice that was discarded', { stage: 'P1D', state: 'discarded' }],
    ['the same stage, planned for a twin', { contactId: 'con_2', state: 'planned' }],
    ['the same stage, which failed for a twin', { contactId: 'con_2', state: 'failed' }],
    ['a wider stage', { stage: 'P30D' }],
    ['a stage of no length that is known', { stage: 'soon' }],
    ['a tighter notice of another expiry', { stage: 'P1D', expiresAt: at('2026-06-01T11:00:00Z') }],
    ['a tighter notice of another grant', { stage: 'P1D', grantId: 'cg_9' }],
    ['a tighter notice to somebody else', { stage: 'P1D', contactId: 'con_2', address: 'bo@example.com' }],
  ] as const)('but not for %s', (_, other) => {
    expect(outcomeOf(confirmedAfter(alsoTold(other))).dropped).toEqual({})
  })
})

describe('no line goes out, and so no mail, when', () => {
  it.each([
    ['the contact is gone', contacts(), 'contact-missing'],
    ['only others are left', contacts({ id: 'con_2' }), 'contact-missing'],
    ['the contact gets no billing mail any more', contacts({ receivesBillingEmail: false }), 'no-billing-contact'],
    ['the address cannot be delivered to any more', contacts({ email: 'ana@' }), 'invalid-address'],
    ['the contact asked for no more', contacts({ optedOut: 'all' }), 'unsubscribed'],
    ['the address was suppressed', contacts({ suppressed: 'all' }), 'suppressed'],
    ['warnings were to be kept from the address', contacts({ suppressed: 'warnings' }), 'suppressed'],
    ['a twin is written to in its place', contacts({}, { id: 'con_0', email: 'ANA@example.com' }), 'duplicate-address'],
    ['a twin asked for no more', contacts({}, { id: 'con_2', optedOut: 'all' }), 'unsubscribed'],
    ['the account is gone', () => ({ account: null }), 'no-account'],
    ['the account is closed', () => ({ account: someAccount({ closedAt: SENT_AT }) }), 'account-closed'],
  ] as const)('%s', (_, change, reason) => {
    const expected = { kept: [], dropped: { cg_1: reason, cg_2: reason, cg_3: reason } }
    expect(outcomeOf(confirmedAfter(change))).toEqual(expected)
  })

  it('there is nobody to write to; it has no address, and is told of in the words of the rules', () => {
    const gone = { to: '', contact: null, accountName: 'acc_1', locale: 'en', timeZone: 'UTC' }
    expect(confirmedAfter(() => ({ contacts: [], account: null }))).toMatchObject(gone)
  })
})

describe('a final notice', () => {
  const finalOf = (grant: Partial<typeof first>, now: Date, contact: Parameters<typeof someContact>[0] = {}) => {
    const expiresAt = at('2026-06-01T12:00:00Z')
    const file = someFile({ grants: [first] })
    const [mail] = planAccount(file, contextAt(at('2026-06-02T09:00:00Z'), WEEK_ONLY)).mails
    const notices = mail === undefined ? [] : asTold(mail, 'planned')
    expect(notices).toMatchObject([{ stage: EXPIRED_STAGE, expiresAt }])
    const pending = { ...mail, id: 'mail', notices } as PendingMail
    const afresh = { ...file, grants: [{ ...first, ...grant }], told: notices, contacts: [someContact(contact)] }
    return confirmMail(pending, afresh, contextAt(now, WEEK_ONLY))
  }

  it('says what the ledger wrote off meanwhile', () => {
    const { lines } = finalOf({ remaining: '0', expiredAmount: '17.50' }, at('2026-06-02T09:05:00Z'))
    expect(lines).toMatchObject([{ stage: EXPIRED_STAGE, amount: '17.50' }])
  })

  it('goes out to an address that only warnings are kept from', () => {
    const sentAt = at('2026-06-02T09:05:00Z')
    expect(finalOf({}, sentAt, { suppressed: 'warnings' })).toMatchObject({ dropped: [], lines: [{ amount: '18.00' }] })
    expect(finalOf({}, sentAt, { suppressed: 'all' })).toMatchObject({ dropped: [{ reason: 'suppressed' }], lines: [] })
  })

  it('goes out as long as it is news, and not after', () => {
    expect(finalOf({}, at('2026-06-08T12:00:00Z')).lines).toHaveLength(1)
    expect(finalOf({}, at('2026-06-08T12:00:00.001Z')).dropped).toMatchObject([{ reason: 'expired-too-long-ago' }])
  })

  it('is tried for a day where it was planned at the last moment', () => {
    const expiresAt = at('2026-06-01T12:00:00Z')
    const file = someFile({ grants: [first] })
    const [mail] = planAccount(file, contextAt(at('2026-06-08T11:55:00Z'), WEEK_ONLY)).mails
    if (mail === undefined) throw new Error('no mail was planned')
    const told = asTold(mail, 'planned')
    const confirmedAt = (now: string) =>
      confirmMail({ ...mail, id: 'mail', notices: told }, { ...file, told }, contextAt(at(now), WEEK_ONLY))
    expect(confirmedAt('2026-06-09T11:54:59Z').lines).toMatchObject([{ stage: EXPIRED_STAGE, expiresAt }])
    expect(confirmedAt('2026-06-09T11:55:00Z').dropped).toMatchObject([{ reason: 'expired-too-long-ago' }])
  })

  it('does not go out for credits that were extended', () => {
    const extended = finalOf({ expiresAt: at('2026-07-01T12:00:00Z') }, at('2026-06-02T09:05:00Z'))
    expect(extended.dropped).toMatchObject([{ reason: 'expiry-moved' }])
  })
})
