import type { CreditGrant } from '../domain/model.ts'
import { DROP_REASONS, type DropReason } from '../domain/reasons.ts'
import type { StageStanding } from '../domain/story.ts'
import { describeExpiry, formatAmount } from '../domain/wording.ts'
import type { Explanation } from '../jobs/explain.ts'
import { maskAddress } from '../mask.ts'
import type { NoticeRecord } from '../store/grant-history.ts'
import { printable, style } from './output.ts'

const LOCALE = 'en'
/** Of several things at one instant, in this order. */
type TimelineEntry = Readonly<{ at: Date; what: string }>

/** A grant's story as a timeline for people. Addresses are masked. */
export function explanationText(explanation: Explanation): string {
  const { asOf, file, story, fault, decisions } = explanation
  if (story === null) {
    return `Grant ${printable(file.grants[0]?.id ?? '')}: its row cannot be understood (${printable(fault ?? '')}); nobody is told.`
  }
  const { grant, reason } = story
  const owner = printable(file.account?.name ?? 'an unknown account')
  const entries = [...lifeOf(explanation), ...story.stages.flatMap((stage) => stageEntries(stage, explanation))]
  const last = decisions.at(-1)
  return [
    `${style('bold', `Grant ${printable(grant.id)}`)}: ${printable(titleOf(grant))}, of ${owner} (${printable(file.accountId)})`,
    `As of ${asOf.toISOString()}: ${reason === null ? 'something is at stake' : `nobody is to be told: ${DROP_REASONS[reason]} (${reason})`}.`,
    '',
    ...entries
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ at, what }) => `${at > asOf ? style('dim', stamp(at)) : stamp(at)}  ${what}`),
    ...(last === undefined
      ? []
      : ['', `Last reason kept for no mail: ${last.reason}, by the sweep of ${stamp(last.asOf)}.`]),
  ].join('\n')
}

function titleOf(grant: CreditGrant): string {
  const left = formatAmount(grant.remaining, grant.unit, LOCALE)
  const all = formatAmount(grant.amount, grant.unit, LOCALE)
  return `${grant.name ?? 'credits'} (${grant.kind}), ${left} of ${all} left`
}

function lifeOf({ story, asOf }: Explanation): readonly TimelineEntry[] {
  if (story === null) return []
  const { grant, expiresAt } = story
  const describe = (at: Date) => describeExpiry({ expiresAt: at, now: asOf, timeZone: 'UTC', locale: LOCALE }).until
  return [
    { at: grant.grantedAt, what: 'granted' },
    ...(grant.effectiveAt === null ? [] : [{ at: grant.effectiveAt, what: 'takes effect' }]),
    ...(grant.voidedAt === null ? [] : [{ at: grant.voidedAt, what: style('yellow', 'voided') }]),
    ...(expiresAt === null ? [] : [{ at: expiresAt, what: style('bold', `expires: usable ${describe(expiresAt)}`) }]),
  ]
}

function stageEntries(stage: StageStanding, explanation: Explanation): readonly TimelineEntry[] {
  const due = {
    at: stage.dueAt,
    what: `${stage.stage} due to ${whoOf(stage.contactId, explanation)}: ${standingText(stage, explanation.asOf)}`,
  }
  const records = explanation.notices.filter(
    (notice) =>
      notice.stage === stage.stage &&
      notice.contactId === stage.contactId &&
      notice.expiresAt.getTime() === explanation.story?.expiresAt?.getTime(),
  )
  return [due, ...records.flatMap(recordEntries)]
}

function recordEntries(notice: NoticeRecord): readonly TimelineEntry[] {
  const { mail, stage } = notice
  const attempts = mail.attempts.map(({ at, outcome, reply }) => ({
    at,
    what: `  ${stage} attempt: ${outcome}, ${printable(reply)}`,
  }))
  return [
    { at: mail.plannedAt, what: `  ${stage} planned by sweep ${mail.sweepId}, Message-ID ${mail.messageId}` },
    ...attempts,
  ]
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
  return `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

/** The same for machines: the stages, each with its standing and what the ledger holds of it. */
export function explanationJson({ asOf, file, story, fault, notices, decisions }: Explanation) {
  const who = (id: string) => maskAddress(file.contacts.find((contact) => contact.id === id)?.email ?? '')
  return {
    asOf: asOf.toISOString(),
    grant: file.grants[0]?.id,
    account: file.accountId,
    fault,
    expiresAt: story?.expiresAt?.toISOString() ?? null,
    reason: story?.reason ?? null,
    stages: (story?.stages ?? []).map(({ stage, dueAt, contactId, timeZone, standing }) => ({
      ...{ stage, dueAt: dueAt.toISOString(), contact: contactId, to: who(contactId), timeZone },
      standing: standing.kind === 'noticed' ? standing.notice.state : standing.kind,
      ...(standing.kind === 'not-told' && { reason: standing.reason satisfies DropReason }),
    })),
    notices: notices.map(({ stage, contactId, state, reason, expiresAt, mail }) => ({
      ...{ stage, contact: contactId, state, reason, expiresAt: expiresAt.toISOString() },
      mail: {
        ...{ id: mail.id, sweep: mail.sweepId, to: maskAddress(mail.to), state: mail.state, messageId: mail.messageId },
        sentAt: mail.sentAt?.toISOString() ?? null,
        attempts: mail.attempts.map(({ at, outcome, stage: smtpStage, replyCode, reply }) => ({
          ...{ at: at.toISOString(), outcome, stage: smtpStage, replyCode, reply },
        })),
      },
    })),
    decisions: decisions.map(({ asOf: at, reason, detail }) => ({ at: at.toISOString(), reason, detail })),
  }
}
