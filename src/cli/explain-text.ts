import type { CreditGrant } from '../domain/model.ts'
import { expiryOfInstant, instantOfExpiry } from '../domain/never.ts'
import { DROP_REASONS, FAILURE_REASONS } from '../domain/reasons.ts'
import type { ReportKind } from '../domain/report.ts'
import type { StageStanding } from '../domain/story.ts'
import { describeExpiry, formatAmount, untilInWords } from '../domain/wording.ts'
import type { ContactSuppression, Explanation } from '../jobs/explain.ts'
import { maskAddress, maskText } from '../mask.ts'
import type { NoticeRecord, ReportRecord } from '../store/grant-history.ts'
import type { ContactOptOut } from '../store/opt-outs.ts'
import { printable, style } from './output.ts'

const LOCALE = 'en'
/** Of several things at one instant, in this order. */
type TimelineEntry = Readonly<{ at: Date; what: string }>

/** A grant's story as a timeline for people. Addresses are masked. */
export function explanationText(explanation: Explanation): string {
  const { asOf, isPast, story, decisions } = explanation
  const entries = [
    ...lifeOf(explanation),
    ...(story?.stages ?? []).map((stage) => stageEntry(stage, explanation)),
    ...explanation.notices.flatMap((notice) => noticeEntries(notice, story?.expiresAt ?? null)),
  ]
  const last = decisions.findLast(({ reason }) => reason !== 'already-told')
  return [
    ...headline(explanation),
    '',
    ...entries
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ at, what }) => `${at > asOf ? style('dim', stamp(at)) : stamp(at)}  ${what}`),
    ...suppressionLines(explanation),
    ...(last === undefined
      ? []
      : ['', `Last reason kept for no mail: ${last.reason}, by the sweep of ${stamp(last.asOf)}.`]),
    ...(isPast
      ? ['', 'What was sent is told as of then; balance, contacts, suppressions and rules are those of now.']
      : []),
  ].join('\n')
}

function headline({ asOf, file, story, fault }: Explanation): readonly string[] {
  if (story === null) {
    const id = printable(file.grants[0]?.id ?? '')
    return [
      `${style('bold', `Grant ${id}`)}: its row cannot be understood (${printable(fault ?? '')}); nobody is told.`,
    ]
  }
  const { grant, reason } = story
  const owner = printable(file.account?.name ?? 'an unknown account')
  const standing =
    reason === null ? 'something is at stake' : `nobody is to be told: ${DROP_REASONS[reason]} (${reason})`
  return [
    `${style('bold', `Grant ${printable(grant.id)}`)}: ${printable(titleOf(grant))}, of ${owner} (${printable(file.accountId)})`,
    `As of ${asOf.toISOString()}: ${standing}.`,
  ]
}

function titleOf(grant: CreditGrant): string {
  const left = formatAmount(grant.remaining, grant.unit, LOCALE)
  const all = formatAmount(grant.amount, grant.unit, LOCALE)
  return `${grant.name ?? 'credits'} (${grant.kind}), ${left} of ${all} left`
}

function lifeOf({ story, asOf }: Explanation): readonly TimelineEntry[] {
  if (story === null) return []
  const { grant, expiresAt } = story
  const describe = (at: Date) =>
    untilInWords(describeExpiry({ expiresAt: at, now: asOf, timeZone: 'UTC', locale: LOCALE }))
  return [
    { at: grant.grantedAt, what: 'granted' },
    ...(grant.effectiveAt === null ? [] : [{ at: grant.effectiveAt, what: 'takes effect' }]),
    ...(grant.voidedAt === null ? [] : [{ at: grant.voidedAt, what: style('yellow', 'voided') }]),
    ...(expiresAt === null ? [] : [{ at: expiresAt, what: style('bold', `expires: usable ${describe(expiresAt)}`) }]),
  ]
}

function stageEntry(stage: StageStanding, explanation: Explanation): TimelineEntry {
  const who = whoOf(stage.contactId, explanation)
  return { at: stage.dueAt, what: `${stage.stage} due to ${who}: ${standingText(stage, explanation.asOf)}` }
}

/** What the ledger holds of a notice: also of one about an expiry that has moved since, or to a contact now gone. */
function noticeEntries(notice: NoticeRecord, expiry: Date | null): readonly TimelineEntry[] {
  const { mail, stage, expiresAt, settledAt, state, reason } = notice
  const what = `  ${stage} to ${printable(maskAddress(mail.to))}`
  const told = expiryOfInstant(expiresAt)
  const isOfNow = expiresAt.getTime() === instantOfExpiry(expiry).getTime()
  const former = isOfNow ? '' : told === null ? ', for no expiry at all' : `, for the expiry at ${stamp(told)}`
  return [
    { at: mail.plannedAt, what: `${what}: planned by sweep ${mail.sweepId}, Message-ID ${mail.messageId}${former}` },
    ...mail.attempts.map(({ at, outcome, reply }) => ({ at, what: `${what}: ${outcome}, ${quoted(reply)}` })),
    ...(mail.retried === null
      ? []
      : [{ at: mail.retried.at, what: `${what}: put back by a person, having failed${whyOf(mail.retried.after)}` }]),
    ...mail.reports.map((report) => ({ at: report.at, what: `${what}: ${reportText(report)}` })),
    // Of one that was sent, the last attempt says so.
    ...(settledAt === null || state === 'sent'
      ? []
      : [{ at: settledAt, what: `${what}: ${style('yellow', state)}${whyOf(reason)}` }]),
  ]
}

/** Why mail is kept from a contact's address, and since when: of now, whatever the time that is told of. */
function suppressionLines(explanation: Explanation): readonly string[] {
  const lines = [
    ...explanation.suppressions.map((suppression) => suppressionLine(suppression, explanation)),
    ...explanation.optOuts.map((optOut) => optOutLine(optOut, explanation)),
  ]
  return lines.length === 0 ? [] : ['', ...lines]
}

function suppressionLine(
  { contactId, scope, createdAt, ...why }: ContactSuppression,
  explanation: Explanation,
): string {
  const kept = scope === 'all' ? 'mail' : 'warnings'
  const source = printable(maskText(why.source))
  return `No ${kept} to ${whoOf(contactId, explanation)}: on the suppression list since ${stamp(createdAt)}, ${why.reason}, by ${source}.`
}

function optOutLine({ contactId, scope, source, since }: ContactOptOut, explanation: Explanation): string {
  const kept = scope === 'all' ? 'mail' : 'warnings'
  return `No ${kept} to ${whoOf(contactId, explanation)} about this account: asked for at ${stamp(since)}, by ${source}.`
}

const REPORT_WORDS = {
  failed: 'a bounce came back, it was not delivered',
  delayed: 'a report came back, it is delayed on its way',
  complaint: 'its reader complained of it as unwanted',
  other: 'a report came back that tells of no failure',
} as const satisfies Record<ReportKind, string>

/** What came back. The other server's words may be anything. */
function reportText({ kind, status, diagnostic }: ReportRecord): string {
  const code = status === null ? '' : ` (${status})`
  const words = `${REPORT_WORDS[kind]}${code}`
  return `${kind === 'delayed' || kind === 'other' ? words : style('yellow', words)}${diagnostic === null ? '' : `, ${quoted(diagnostic)}`}`
}

const REASONS: Readonly<Record<string, string>> = { ...DROP_REASONS, ...FAILURE_REASONS }

function whyOf(reason: string | null): string {
  return reason === null ? '' : `, ${REASONS[reason] ?? 'for a reason of another version'} (${reason})`
}

/** A server's words. They may name the recipient. */
export function quoted(reply: string): string {
  return printable(maskText(reply))
}

function standingText({ standing, dueAt }: StageStanding, asOf: Date): string {
  switch (standing.kind) {
    case 'noticed':
      return style(standing.notice.state === 'sent' ? 'green' : 'yellow', standing.notice.state)
    case 'due':
      return 'due, the next sweep sends it'
    case 'ahead':
      return 'will be sent, if nothing changes'
    case 'closed':
      return 'not sent, a tighter rung took its place'
    case 'missed':
      return 'never sent, the credits expired first'
    case 'before-life':
      return "never sent, it falls before the grant's life"
    case 'not-told':
      return `${dueAt > asOf ? 'will not be sent' : 'not sent'}: ${DROP_REASONS[standing.reason]} (${standing.reason})`
  }
}

function whoOf(contactId: string, { file }: Explanation): string {
  const contact = file.contacts.find(({ id }) => id === contactId)
  return contact === undefined
    ? printable(contactId)
    : `${printable(maskAddress(contact.email))} (${printable(contactId)})`
}

/** UTC to the minute: support compares it with logs. */
function stamp(at: Date): string {
  return at
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d{3}Z$/, 'Z')
}
