import { compareDecimals } from '../domain/amount.ts'
import type { NotedGrant } from '../domain/as-noted.ts'
import type { CreditGrant } from '../domain/model.ts'
import { expiryOfInstant, instantOfExpiry } from '../domain/never.ts'
import { DROP_REASONS } from '../domain/reasons.ts'
import type { StageStanding } from '../domain/story.ts'
import type { NextStep } from '../domain/what-next.ts'
import { describeExpiry, formatAmount, untilInWords } from '../domain/wording.ts'
import { ELSEWHERE_FAULT, GONE_FAULT, type KeptFromContact, waitingMail } from '../jobs/explain/dossier.ts'
import type { GrantExplanation } from '../jobs/explain/grant.ts'
import { maskAddress } from '../mask.ts'
import type { NoticeRecord } from '../store/grant-history.ts'
import {
  attemptText,
  LOCALE,
  nextText,
  optOutText,
  reasonText,
  reportText,
  rulesLines,
  stamp,
  suppressionText,
  whoOf,
  whyOf,
} from './explain-words.ts'
import { printable, style } from './output.ts'

/** Of several things at one instant, in this order. */
type TimelineEntry = Readonly<{ at: Date; what: string }>

/** A grant's story as a timeline for people. Addresses are masked. */
export function explanationText(explanation: GrantExplanation): string {
  const { asOf, story } = explanation
  const entries = [
    ...lifeOf(explanation),
    ...(story?.stages ?? []).map((stage) => stageEntry(stage, explanation)),
    ...explanation.notices.flatMap((notice) => noticeEntries(notice, story?.expiresAt ?? null)),
    ...decisionEntries(explanation),
  ]
  return [
    ...headline(explanation),
    '',
    ...entries
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ at, what }) => `${at > asOf ? style('dim', stamp(at)) : stamp(at)}  ${what}`),
    ...section(nextLines(explanation)),
    ...section(keptLines(explanation.kept)),
    ...section([...rulesLines(explanation.rules, explanation.isPast), ...sourceLines(explanation)]),
  ].join('\n')
}

/** Lines after an empty one, or nothing. */
export function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}

function headline({ asOf, file, story, fault, grantId }: GrantExplanation): readonly string[] {
  const title = style('bold', `Grant ${printable(grantId)}`)
  if (story === null) return [`${title}: ${faultText(fault ?? '')}; nobody is told.`]
  const { grant, reason } = story
  const owner = printable(file.account?.name ?? 'an unknown account')
  const standing =
    reason === null ? 'something is at stake' : `nobody is to be told: ${DROP_REASONS[reason]} (${reason})`
  return [
    `${title}: ${printable(titleOf(grant))}, of ${owner} (${printable(file.accountId)})`,
    `As of ${asOf.toISOString()}: ${standing}.`,
  ]
}

/** Why a grant has no story. */
export function faultText(fault: string): string {
  if (fault === GONE_FAULT) return 'it is no longer in the billing data, and the ledger tells what was'
  if (fault === ELSEWHERE_FAULT) return `${fault}, and the ledger tells what people of this one were told`
  return `its row cannot be understood (${printable(fault)})`
}

/** A grant by name, kind and what is left of it. */
export function titleOf(grant: CreditGrant): string {
  const left = formatAmount(grant.remaining, grant.unit, LOCALE)
  const all = formatAmount(grant.amount, grant.unit, LOCALE)
  return `${grant.name ?? 'credits'} (${grant.kind}), ${left} of ${all} left`
}

function lifeOf({ story, asOf }: GrantExplanation): readonly TimelineEntry[] {
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

function stageEntry(stage: StageStanding, { file, asOf }: GrantExplanation): TimelineEntry {
  return {
    at: stage.dueAt,
    what: `${stage.stage} due to ${whoOf(stage.contactId, file)}: ${standingText(stage, asOf)}`,
  }
}

/** What the ledger holds of a notice: also of one about an expiry that has moved since, or to a contact now gone. */
function noticeEntries(notice: NoticeRecord, expiry: Date | null): readonly TimelineEntry[] {
  const { mail, stage, expiresAt, settledAt, state, reason } = notice
  const what = `  ${stage} to ${printable(maskAddress(mail.to))}`
  const told = expiryOfInstant(expiresAt)
  const isOfNow = expiresAt.getTime() === instantOfExpiry(expiry).getTime()
  const former = isOfNow ? '' : told === null ? ', for no expiry at all' : `, for the expiry at ${stamp(told)}`
  const amount = printable(formatAmount(notice.amount, notice.unit, LOCALE))
  const planned = `planned by sweep ${mail.sweepId} for ${amount}, Message-ID ${mail.messageId}${former}`
  return [
    { at: mail.plannedAt, what: `${what}: ${planned}` },
    ...mail.attempts.map((attempt) => ({ at: attempt.at, what: `${what}: ${attemptText(attempt)}` })),
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

/** Why sweeps told nobody, each time that the answer changed. That somebody was told is in the notices. */
function decisionEntries({ decisions }: GrantExplanation): readonly TimelineEntry[] {
  return decisions
    .filter(({ reason }) => reason !== 'already-told')
    .map(({ asOf: at, reason, detail }) => ({
      at,
      what: `  no new mail by the sweep: ${reasonText(reason)}${detail === null ? '' : `, ${printable(detail)}`}`,
    }))
}

function nextLines({ story, next, notices, file, isPast }: GrantExplanation): readonly string[] {
  if (story === null) return []
  const heading = isPast ? 'What would have come next, had nothing changed:' : 'What comes next, if nothing changes:'
  if (next.length > 0) {
    const line = (step: NextStep) =>
      `  to ${whoOf(step.contactId, file)}: ${nextText(step, waitingMail(step, notices))}`
    return [heading, ...next.map(line)]
  }
  return [heading, `  nothing more${story.reason === null ? '' : `: ${DROP_REASONS[story.reason]} (${story.reason})`}`]
}

/** What keeps mail from an account's contacts, or did. */
export function keptLines(kept: readonly KeptFromContact[]): readonly string[] {
  return kept.flatMap(({ contact, suppressions, optOuts }) => {
    const who = `${printable(maskAddress(contact.email))} (${printable(contact.id)})`
    return [
      ...suppressions.map((each) => suppressionText(who, each)),
      ...optOuts.map((each) => optOutText(who, 'this account', each)),
    ]
  })
}

/** Of a past time: by whose word the grant is told. */
function sourceLines({ isPast, noted, story }: GrantExplanation): readonly string[] {
  if (!isPast) return []
  const { expiry = null, amount = null } = noted ?? {}
  const ofNow = ['contacts', ...(story !== null && expiry === null ? ['the expiry'] : [])]
  if (story !== null && amount === null) ofNow.push('the balance')
  return [
    ...(expiry === null ? [] : [`The expiry is as the ledger noted it at ${stamp(expiry.at)}${sinceMoved(noted)}.`]),
    ...(amount === null ? [] : [`What was left is as the ledger noted it at ${stamp(amount.at)}${sinceSpent(noted)}.`]),
    `Of now, because billing keeps no history: ${ofNow.join(', ')}.`,
  ]
}

/** Where billing states another expiry now. */
function sinceMoved(noted: NotedGrant | null): string {
  const now = noted?.current.expiresAt ?? null
  const then = noted?.expiry?.value ?? null
  if (now === null || (now === 'never' ? null : now.getTime()) === (then?.getTime() ?? null)) return ''
  return now === 'never' ? '; billing has none now' : `; billing has ${stamp(now)} now`
}

/** Where billing has another amount now. */
function sinceSpent(noted: NotedGrant | null): string {
  if (noted?.amount == null) return ''
  const { remaining, unit } = noted.current
  return compareDecimals(remaining, noted.amount.value) === 0
    ? ''
    : `; billing has ${printable(formatAmount(remaining, unit, LOCALE))} now`
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
