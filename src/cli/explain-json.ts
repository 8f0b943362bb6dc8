import { expiryOfInstant } from '../domain/never.ts'
import type { DropReason } from '../domain/reasons.ts'
import type { Explanation } from '../jobs/explain.ts'
import { maskAddress, maskText } from '../mask.ts'
import { quoted } from './explain-text.ts'

/** A grant's story for machines: the stages, each with its standing and what the ledger holds of it. */
export function explanationJson({ asOf, file, story, fault, notices, decisions, suppressions, optOuts }: Explanation) {
  const who = (id: string) => maskAddress(file.contacts.find((contact) => contact.id === id)?.email ?? '')
  return {
    asOf: asOf.toISOString(),
    grant: file.grants[0]?.id,
    account: file.accountId,
    fault,
    expiresAt: story?.expiresAt?.toISOString() ?? null,
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
    notices: notices.map(({ stage, contactId, state, reason, expiresAt, mail }) => ({
      stage,
      contact: contactId,
      state,
      reason,
      expiresAt: expiryOfInstant(expiresAt)?.toISOString() ?? null,
      mail: {
        id: mail.id,
        sweep: mail.sweepId,
        to: maskAddress(mail.to),
        state: mail.state,
        messageId: mail.messageId,
        sentAt: mail.sentAt?.toISOString() ?? null,
        retried: mail.retried && { at: mail.retried.at.toISOString(), after: mail.retried.after },
        attempts: mail.attempts.map(({ at, outcome, stage: smtpStage, replyCode, reply }) => ({
          at: at.toISOString(),
          outcome,
          stage: smtpStage,
          replyCode,
          reply: quoted(reply),
        })),
        reports: mail.reports.map(({ at, kind, status, diagnostic, source }) => ({
          at: at.toISOString(),
          kind,
          status,
          diagnostic: diagnostic === null ? null : quoted(diagnostic),
          source,
        })),
      },
    })),
    decisions: decisions.map(({ asOf: at, reason, detail }) => ({ at: at.toISOString(), reason, detail })),
    suppressions: suppressions.map(({ contactId, reason, scope, source, createdAt }) => ({
      contact: contactId,
      to: who(contactId),
      reason,
      scope,
      source: maskText(source),
      since: createdAt.toISOString(),
    })),
    optOuts: optOuts.map(({ contactId, scope, source, since }) => ({
      contact: contactId,
      to: who(contactId),
      scope,
      source,
      since: since.toISOString(),
    })),
  }
}
