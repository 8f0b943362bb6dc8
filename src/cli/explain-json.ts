import type { NotedGrant } from '../domain/as-noted.ts'
import { expiryOfInstant } from '../domain/never.ts'
import type { DropReason } from '../domain/reasons.ts'
import type { NextStep } from '../domain/what-next.ts'
import type { KeptFromContact } from '../jobs/explain/dossier.ts'
import type { GrantExplanation } from '../jobs/explain/grant.ts'
import type { RulesThen } from '../jobs/explain/view.ts'
import { maskAddress, maskText } from '../mask.ts'
import type { NoticeRecord } from '../store/grant-history.ts'
import { quoted } from './explain-words.ts'

/** A grant's story for machines: the stages, each with its standing and what the ledger holds of it. */
export function explanationJson(explanation: GrantExplanation) {
  const { asOf, grantId, file, story, fault, notices, decisions, kept, next, noted } = explanation
  const who = addressOf(file.contacts)
  return {
    asOf: asOf.toISOString(),
    isPast: explanation.isPast,
    rules: rulesJson(explanation.rules),
    grant: grantId,
    account: file.accountId,
    fault,
    expiresAt: story?.expiresAt?.toISOString() ?? null,
    unit: story?.grant.unit ?? null,
    remaining: story?.grant.remaining ?? null,
    noted: notedJson(noted),
    reason: story?.reason ?? null,
    stages: (story?.stages ?? []).map(({ stage, dueAt, contactId, timeZone, standing }) => ({
      stage,
      dueAt: dueAt.toISOString(),
      contact: contactId,
      to: who(contactId),
      timeZone,
      standing: standing.kind === 'noticed' ? standing.notice.state : standing.kind,
      ...(standing.kind === 'not-told' && { reason: standing.reason satisfies DropReason }),
    })),
    next: next.map((step) => ({ contact: step.contactId, to: who(step.contactId), ...nextJson(step) })),
    notices: notices.map((notice) => ({ ...noticeJson(notice), mail: mailJson(notice.mail) })),
    decisions: decisions.map(({ asOf: at, reason, detail }) => ({ at: at.toISOString(), reason, detail })),
    ...keptJson(kept),
  }
}

/** How the address of a contact is shown; `***` where the account has it no more. */
export function addressOf(contacts: readonly Readonly<{ id: string; email: string }>[]): (id: string) => string {
  const emails = new Map(contacts.map(({ id, email }) => [id, email]))
  return (id) => maskAddress(emails.get(id) ?? '')
}

export function rulesJson({ from, hash, since, differing, isUnreadable }: RulesThen) {
  return { from, hash, since: since?.toISOString() ?? null, differing, isUnreadable }
}

export function notedJson(noted: NotedGrant | null) {
  return {
    expiresAt: noted?.expiry?.at.toISOString() ?? null,
    remaining: noted?.amount?.at.toISOString() ?? null,
  }
}

/** What comes next, without whom: `kind` says which of the fields there are. */
export function nextJson(step: NextStep) {
  const { kind, timeZone } = step
  if (kind === 'nothing') return { kind, timeZone, reason: step.reason }
  const dueAt = step.dueAt.toISOString()
  if (kind === 'waiting') return { kind: step.isHeld ? ('held' as const) : kind, timeZone, stage: step.stage, dueAt }
  return { kind: step.isDue ? ('due' as const) : ('ahead' as const), timeZone, stage: step.stage, dueAt }
}

export function noticeJson({ stage, contactId, state, reason, expiresAt, unit, amount }: NoticeRecord) {
  const expiry = expiryOfInstant(expiresAt)?.toISOString() ?? null
  return { stage, contact: contactId, state, reason, expiresAt: expiry, unit, amount }
}

export function mailJson(mail: NoticeRecord['mail']) {
  return {
    id: mail.id,
    sweep: mail.sweepId,
    to: maskAddress(mail.to),
    state: mail.state,
    messageId: mail.messageId,
    sentAt: mail.sentAt?.toISOString() ?? null,
    retried: mail.retried && { at: mail.retried.at.toISOString(), after: mail.retried.after },
    attempts: mail.attempts.map(({ at, outcome, stage, replyCode, reply }) => ({
      ...{ at: at.toISOString(), outcome, stage, replyCode },
      reply: quoted(reply),
    })),
    reports: mail.reports.map(({ at, kind, status, diagnostic, source }) => ({
      ...{ at: at.toISOString(), kind, status },
      diagnostic: diagnostic === null ? null : quoted(diagnostic),
      source,
    })),
  }
}

/** What keeps mail from contacts, and under `lifted` what did until then. */
export function keptJson(kept: readonly KeptFromContact[]) {
  const suppressions = kept.flatMap(({ contact, suppressions: own }) =>
    own.map(({ reason, scope, source, createdAt, liftedAt }) => ({
      ...{ contact: contact.id, to: maskAddress(contact.email), reason, scope, source: maskText(source) },
      since: createdAt.toISOString(),
      liftedAt,
    })),
  )
  const optOuts = kept.flatMap(({ contact, optOuts: own }) =>
    own.map(({ scope, source, createdAt, liftedAt }) => ({
      ...{ contact: contact.id, to: maskAddress(contact.email), scope, source },
      since: createdAt.toISOString(),
      liftedAt,
    })),
  )
  return {
    suppressions: holding(suppressions),
    optOuts: holding(optOuts),
    lifted: { suppressions: liftedOf(suppressions), optOuts: liftedOf(optOuts) },
  }
}

type Liftable = Readonly<{ liftedAt: Date | null }>

/** Those that hold, without the time that they do not have. */
export function holding<T extends Liftable>(records: readonly T[]) {
  return records.flatMap(({ liftedAt, ...record }) => (liftedAt === null ? [record] : []))
}

/** Those that were lifted, and when. */
export function liftedOf<T extends Liftable>(records: readonly T[]) {
  return records.flatMap(({ liftedAt, ...record }) =>
    liftedAt === null ? [] : [{ ...record, until: liftedAt.toISOString() }],
  )
}
