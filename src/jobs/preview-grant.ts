import type { AccountFile } from '../domain/account-file.ts'
import { normaliseAddress } from '../domain/address.ts'
import { calendarOf } from '../domain/calendar.ts'
import { accountZone, appraiseGrant, expiryOf, stakeIn } from '../domain/grant.ts'
import { type Delivery, expiredDueAt, rungDueAt } from '../domain/ladder.ts'
import { lookAhead } from '../domain/look-ahead.ts'
import type { Contact, CreditGrant } from '../domain/model.ts'
import { momentAt } from '../domain/reach.ts'
import { addresseesOf, readerLocale, readerZone } from '../domain/reader.ts'
import { SKIP_REASONS } from '../domain/reasons.ts'
import { policyFor, type Rules, type Rung } from '../domain/rules.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import { UsageError } from '../errors.ts'
import { MAIL_KINDS, type MailContent, type MailKind } from '../mail/content.ts'
import { readAccountFiles } from '../store/account-files.ts'
import { readGrants } from '../store/candidates.ts'
import type { Database } from '../store/database.ts'
import { withHoldings } from '../store/holdings.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { usageReaderFor } from './holdings.ts'
import { PLACEHOLDER_ADDRESS, type PreviewedMail, type PreviewSetting, previewMail } from './preview.ts'
import { contentOf } from './sender.ts'

/** How much earlier a corrected expiry is taken to have been: what was told before is not known. */
const MOVED_BY_MS = 30 * MS_PER_DAY

export type GrantPreview = Readonly<{
  mails: readonly PreviewedMail[]
  /** The reader's, or the one asked for. */
  locale: string
  /** Why a run would send none of them as they are, a line each. */
  remarks: readonly string[]
}>

type Subject = Readonly<{ grant: CreditGrant; expiresAt: Date; file: AccountFile }>

/**
 * Each mail about one grant alone, to the first contact that may be written to. Some are of another time than `asOf`,
 * whatever that is: a warning is shown as of a day before the expiry at the latest, the last one as of when its rung falls
 * due at the earliest, and so the notice that the credits are gone. The good news is that the expiry was a month earlier.
 *
 * @throws UsageError where there is no such grant, or nothing to say of it
 */
export async function previewGrant(
  setting: PreviewSetting & Readonly<{ db: Database }>,
  request: Readonly<{ grantId: string; asOf: Date | null; locale: string | null }>,
): Promise<GrantPreview> {
  const { db, sender, renderer } = setting
  const { rules } = sender
  const subject = await readSubject(db, rules, request.grantId)
  const { grant, expiresAt, file } = subject
  const asOf = request.asOf ?? (await databaseNow(db))
  const next = expiresAt <= asOf ? 'expired' : 'warning'
  const reader = addresseesOf(file.contacts, rules).find(({ objections }) => objections[next] === null)?.contact ?? null
  const contact = reader ?? placeholderReader(file.accountId)
  const timeZone = readerZone(contact, file.account, rules)
  const locale = request.locale ?? readerLocale(contact, file.account, { rules, locales: renderer.locales })
  const [held = file] = await withHoldings(db, [file], { now: asOf, readUsage: await usageReaderFor(db, asOf) })
  const writing = { asOf, grant, expiresAt, file: held, contact, locale, timeZone }
  const mails = MAIL_KINDS.map((kind) => mailAbout(setting, kind, writing))
  return { mails, locale, remarks: remarksOn(subject, { asOf, rules, hasReader: reader !== null }) }
}

type Writing = Subject & Readonly<{ asOf: Date; contact: Contact; locale: string; timeZone: string }>

/** One of the mails about a grant, as its confirmation would make it. */
function mailAbout(setting: PreviewSetting, kind: MailKind, writing: Writing): PreviewedMail {
  const { asOf, grant, expiresAt, file, contact, locale, timeZone } = writing
  const { rules } = setting.sender
  const category = kind === 'last' ? 'warning' : kind
  const tightest = policyFor(rules, grant.kind).rungs.at(-1) ?? null
  const stage = (kind === 'last' ? tightest?.stage : null) ?? 'preview'
  const now = timeOf(kind, { asOf, expiresAt, sendAt: rules.sendAt, timeZone, tightest })
  const moment = momentAt(rules, now)
  const lines = [{ noticeId: 'preview', stage, grant, expiresAt, amount: stakeIn(grant, category) }]
  const person = { contactIds: [contact.id], address: normaliseAddress(contact.email) }
  const confirmation = {
    to: contact.email,
    contact,
    accountName: file.account?.name ?? file.accountId,
    locale,
    timeZone,
    lines,
    dropped: [],
    outlook: lookAhead({ category, grants: [grant] }, file, moment),
    calendar: calendarOf({ id: 'preview', category, person, lines }, file, moment),
  }
  const mail = { accountId: file.accountId, contactId: contact.id, category } as const
  const content = contentOf(setting.sender, mail, confirmation, now)
  const to = { name: contact.name, address: contact.email }
  return previewMail(setting, { kind, content: kind === 'correction' ? corrected(content) : content, to })
}

async function readSubject(db: Database, rules: Rules, grantId: string): Promise<Subject> {
  const [file] = await readAccountFiles(db, await readGrants(db, [grantId]))
  const grant = file?.grants[0]
  if (file === undefined || grant === undefined) {
    throw new UsageError(`there is no credit grant ${grantId} in billing.credit_grants; look its id up there`)
  }
  if ('fault' in grant)
    throw new UsageError(`the credit grant ${grantId} cannot be understood: ${grant.fault}; mend its row`)
  const expiresAt = expiryOf(grant, rules, accountZone(file.account, rules))
  if (expiresAt === null)
    throw new UsageError(`the credit grant ${grantId} never expires: there is no mail about it; name one that does`)
  return { grant, expiresAt, file }
}

function placeholderReader(accountId: string): Contact {
  return {
    id: 'con_preview',
    accountId,
    email: PLACEHOLDER_ADDRESS,
    name: null,
    locale: null,
    timeZone: null,
    receivesBillingEmail: true,
    optedOut: null,
    suppressed: null,
  }
}

type Times = Delivery & Readonly<{ asOf: Date; expiresAt: Date; tightest: Rung | null }>

function timeOf(kind: MailKind, times: Times): Date {
  const { asOf, expiresAt, tightest } = times
  if (kind === 'expired') return asOf >= expiresAt ? asOf : expiredDueAt(expiresAt, times)
  if (asOf >= expiresAt) return new Date(expiresAt.getTime() - MS_PER_DAY)
  if (kind !== 'last' || tightest === null) return asOf
  return new Date(Math.max(asOf.getTime(), rungDueAt(tightest, expiresAt, times).getTime()))
}

function corrected(content: MailContent): MailContent {
  const lines = content.lines.map((line) => {
    const former = new Date((line.expiresAt ?? content.now).getTime() - MOVED_BY_MS)
    return { ...line, told: { said: 'expiring' as const, expiresAt: former } }
  })
  return { ...content, lines }
}

function remarksOn(
  { grant, file }: Subject,
  { asOf, rules, hasReader }: Readonly<{ asOf: Date; rules: Rules; hasReader: boolean }>,
): readonly string[] {
  const stake = appraiseGrant({ grant, account: file.account, moment: momentAt(rules, asOf) })
  return [
    ...(typeof stake === 'string'
      ? [`as of ${asOf.toISOString()} nobody is told of this grant: ${SKIP_REASONS[stake]} (${stake})`]
      : []),
    ...(hasReader ? [] : ['the account has no contact that may be written to: a placeholder stands in for the reader']),
  ]
}
