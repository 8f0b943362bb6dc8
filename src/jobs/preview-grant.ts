import type { AccountFile } from '../domain/account-file.ts'
import { accountZone, appraiseGrant, expiryOf, stakeIn } from '../domain/grant.ts'
import { type Delivery, expiredDueAt } from '../domain/ladder.ts'
import { CATEGORIES, type Category, type Contact, type CreditGrant } from '../domain/model.ts'
import { momentAt } from '../domain/reach.ts'
import { addresseesOf, readerLocale, readerZone } from '../domain/reader.ts'
import { SKIP_REASONS } from '../domain/reasons.ts'
import type { Rules } from '../domain/rules.ts'
import { UsageError } from '../errors.ts'
import { readAccountFiles } from '../store/account-files.ts'
import { readGrants } from '../store/candidates.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { PLACEHOLDER_ADDRESS, type PreviewedMail, type PreviewSetting, previewMail } from './preview.ts'
import { contentOf } from './sender.ts'

const MS_PER_DAY = 86_400_000

export type GrantPreview = Readonly<{
  mails: readonly PreviewedMail[]
  /** Why a run would send none of them as they are, a line each. */
  remarks: readonly string[]
}>

type Subject = Readonly<{ grant: CreditGrant; expiresAt: Date; file: AccountFile }>

/**
 * Both mails about one grant alone, to the first contact that may be written to. One of the two is of another time than
 * `asOf`, whatever that is: a warning is shown as of a day before the expiry at the latest, and the notice that the
 * credits are gone as of when it falls due at the earliest.
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
  const category = expiresAt <= asOf ? 'expired' : 'warning'
  const reader =
    addresseesOf(file.contacts, rules).find(({ objections }) => objections[category] === null)?.contact ?? null
  const contact = reader ?? placeholderReader(file.accountId)
  const timeZone = readerZone(contact, file.account, rules)
  const locale = request.locale ?? readerLocale(contact, file.account, { rules, locales: renderer.locales })
  const mails = CATEGORIES.map((category) => {
    const line = { noticeId: 'preview', stage: 'preview', grant, expiresAt, amount: stakeIn(grant, category) }
    const confirmation = {
      to: contact.email,
      contact,
      accountName: file.account?.name ?? file.accountId,
      locale,
      timeZone,
      lines: [line],
      dropped: [],
    }
    const now = timeOf(category, { asOf, expiresAt, sendAt: rules.sendAt, timeZone })
    const content = contentOf(sender, { accountId: file.accountId, contactId: contact.id, category }, confirmation, now)
    return previewMail(setting, content, { name: contact.name, address: contact.email })
  })
  return { mails, remarks: remarksOn(subject, { asOf, rules, hasReader: reader !== null }) }
}

async function readSubject(db: Database, rules: Rules, grantId: string): Promise<Subject> {
  const [file] = await readAccountFiles(db, await readGrants(db, [grantId]))
  const grant = file?.grants[0]
  if (file === undefined || grant === undefined) {
    throw new UsageError(`there is no credit grant ${grantId} in billing.credit_grants`)
  }
  if ('fault' in grant) throw new UsageError(`the credit grant ${grantId} cannot be understood: ${grant.fault}`)
  const expiresAt = expiryOf(grant, rules, accountZone(file.account, rules))
  if (expiresAt === null) throw new UsageError(`the credit grant ${grantId} never expires: there is no mail about it`)
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
    unsubscribed: false,
    suppressed: null,
  }
}

function timeOf(category: Category, times: Delivery & Readonly<{ asOf: Date; expiresAt: Date }>): Date {
  const { asOf, expiresAt } = times
  if (category === 'warning') return asOf < expiresAt ? asOf : new Date(expiresAt.getTime() - MS_PER_DAY)
  return asOf >= expiresAt ? asOf : expiredDueAt(expiresAt, times)
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
