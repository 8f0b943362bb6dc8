import type { AccountFile } from './account-file.ts'
import { type CalendarEntry, calendarOf } from './calendar.ts'
import { appraiseCorrection, confirmCorrection, type FormerlyTold } from './correction.ts'
import { isLastNotice, noticesAhead, noticesOf } from './due.ts'
import { appraiseGrant } from './grant.ts'
import { lookAhead } from './look-ahead.ts'
import type { Category, Contact, CreditGrant, Decimal } from './model.ts'
import { mostUrgentFirst } from './order.ts'
import type { Outlook } from './outlook.ts'
import type { Moment } from './reach.ts'
import { type Addressee, addresseesOf, readerLocale, readerZone } from './reader.ts'
import type { DropReason } from './reasons.ts'
import { sparedGrants } from './spared.ts'
import { isAboutSame, type LedgerNotice, type Person, stageLengthMs } from './told.ts'

/** A mail that the ledger holds for delivery, with its notices. */
export type PendingMail = Readonly<{
  id: string
  accountId: string
  contactId: string
  category: Category
  /** From then on it says nothing useful. */
  deadline: Date
  notices: readonly LedgerNotice[]
}>

/** A line that goes out, as the grant stands now. */
export type ConfirmedLine = Readonly<{
  noticeId: string
  grant: CreditGrant
  stage: string
  expiresAt: Date
  amount: Decimal
  /** Of a correction, what was told before. */
  told?: FormerlyTold
}>

export type DroppedLine = Readonly<{ noticeId: string; reason: DropReason }>

/** What is left of a mail when all of it was read afresh; with no line left, no mail goes out (rule R8). */
export type Confirmation = Readonly<{
  to: string
  contact: Contact | null
  accountName: string
  locale: string
  timeZone: string
  lines: readonly ConfirmedLine[]
  dropped: readonly DroppedLine[]
  /** What can be said beside the lines, as far as the file knows. */
  outlook: Outlook
  /** What its calendar files say; nothing where no policy asks for any. */
  calendar: readonly CalendarEntry[]
}>

/**
 * Reads a planned mail against the grants, the contact and the ledger as they are just before it is built (rule R8):
 * what was spent, voided, moved, told by a tighter notice or asked not to be sent goes out of it, with its reason.
 */
export function confirmMail(
  mail: PendingMail,
  file: AccountFile,
  context: Readonly<{ moment: Moment; locales: readonly string[] }>,
): Confirmation {
  const moment = untilDeadline(mail, context.moment)
  const { rules } = moment
  const addressee = addresseesOf(file.contacts, rules).find(({ contact }) => contact.id === mail.contactId)
  const contact = addressee?.contact ?? null
  const spared = sparedGrants(file, moment)
  const lines: ConfirmedLine[] = []
  const dropped: DroppedLine[] = []
  for (const notice of mail.notices) {
    const line =
      addressee === undefined
        ? 'contact-missing'
        : (addressee.objections[mail.category] ??
          confirmLine({ notice, addressee, category: mail.category, file, spared }, moment))
    if (typeof line === 'string') dropped.push({ noticeId: notice.id, reason: line })
    else lines.push(line)
  }
  lines.sort((a, b) => mostUrgentFirst({ ...a, grantId: a.grant.id }, { ...b, grantId: b.grant.id }))
  return {
    to: contact?.email ?? '',
    contact,
    accountName: file.account?.name ?? mail.accountId,
    locale: contact === null ? rules.locale : readerLocale(contact, file.account, { rules, locales: context.locales }),
    timeZone: contact === null ? rules.timeZone : readerZone(contact, file.account, rules),
    lines,
    dropped,
    outlook: lookAhead({ category: mail.category, grants: lines.map(({ grant }) => grant) }, file, moment),
    calendar:
      addressee === undefined
        ? []
        : calendarOf({ id: mail.id, category: mail.category, person: addressee, lines }, file, moment),
  }
}

/** What was news when it was planned is tried until the mail's own end, which leaves it a day at least. */
function untilDeadline({ category, deadline, notices }: PendingMail, moment: Moment): Moment {
  if (category === 'warning' || moment.now >= deadline) return moment
  const { reach } = moment
  // What was told before, and is corrected, was news then.
  if (category === 'correction') return { ...moment, reach: { ...reach, from: new Date(0) } }
  const earliestMs = Math.min(reach.from.getTime(), ...notices.map(({ expiresAt }) => expiresAt.getTime()))
  return { ...moment, reach: { ...reach, from: new Date(earliestMs) } }
}

type PlannedLine = Readonly<{
  notice: LedgerNotice
  addressee: Addressee
  category: Category
  file: AccountFile
  /** Grants of which only the last warning is sent. */
  spared: ReadonlySet<string>
}>

function confirmLine(planned: PlannedLine, moment: Moment): ConfirmedLine | DropReason {
  const { notice, addressee, category, file } = planned
  const grant = file.grants.find(({ id }) => id === notice.grantId)
  if (grant === undefined) return 'grant-missing'
  if ('fault' in grant) return 'invalid-row'
  const appraise = category === 'correction' ? appraiseCorrection : appraiseGrant
  const stake = appraise({ grant, account: file.account, moment })
  if (typeof stake === 'string') return stake
  if (stake.expiresAt.getTime() !== notice.expiresAt.getTime()) return 'expiry-moved'
  if (stake.category !== category) return 'expired-meanwhile'
  const line = { noticeId: notice.id, grant, stage: notice.stage, expiresAt: stake.expiresAt, amount: stake.atStake }
  if (category === 'correction') {
    const former = confirmCorrection(notice, { person: addressee, told: file.told }, moment)
    return typeof former === 'string' ? former : { ...line, told: former }
  }
  const overtaken = overtakenBy(notice, addressee, file.told)
  if (overtaken !== null) return overtaken
  if (category !== 'warning' || !planned.spared.has(grant.id)) return line
  const timeZone = readerZone(addressee.contact, file.account, moment.rules)
  const warnings = noticesOf(category, noticesAhead({ grant, stake, timeZone }, moment.rules))
  return isLastNotice(notice.stage, warnings) ? line : 'used-anyway'
}

/**
 * Why a planned notice need not go out any more: the same, or a tighter one of the same expiry, was told to the same
 * person, or is about to be (rules R3, R5, R7). One that waits for approval may never be.
 */
function overtakenBy(notice: LedgerNotice, person: Person, told: readonly LedgerNotice[]): DropReason | null {
  const { grantId, expiresAt } = notice
  const others = told.filter((other) => other.id !== notice.id && isAboutSame(other, { person, grantId, expiresAt }))
  const length = stageLengthMs(notice.stage)
  if (others.some(({ state, stage }) => state === 'sent' && stageLengthMs(stage) === length)) return 'already-told'
  const isTighter = ({ state, stage }: LedgerNotice) =>
    (state === 'sent' || state === 'planned') && stageLengthMs(stage) < length
  return others.some(isTighter) ? 'superseded' : null
}
