import type { DropReason } from '../domain/reasons.ts'
import type { ReportKind } from '../domain/report.ts'
import type { LedgerNotice } from '../domain/told.ts'
import type { Database } from './database.ts'

/** A notice with its mail and the mail's delivery, as they stood at a time. */
export type NoticeRecord = Readonly<{
  id: string
  contactId: string
  expiresAt: Date
  stage: string
  dueAt: Date
  state: LedgerNotice['state'] | 'dropped'
  reason: string | null
  /** When it came to that state; null where it is still on its way. */
  settledAt: Date | null
  mail: Readonly<{
    id: string
    sweepId: string
    plannedAt: Date
    to: string
    state: string
    messageId: string
    sentAt: Date | null
    nextAttemptAt: Date
    /** When a person last put it back, and what it had failed for. */
    retried: Readonly<{ at: Date; after: string }> | null
    attempts: readonly AttemptRecord[]
    /** What came back after its server had taken it. */
    reports: readonly ReportRecord[]
  }>
}>

export type AttemptRecord = Readonly<{
  at: Date
  outcome: string
  stage: string
  replyCode: number | null
  reply: string
}>

export type ReportRecord = Readonly<{
  at: Date
  kind: ReportKind
  /** As in RFC 3463. */
  status: string | null
  diagnostic: string | null
  source: string
}>

export type DecisionRecord = Readonly<{ asOf: Date; reason: DropReason; detail: string | null }>

/**
 * All that the ledger says of a grant, as it stood at an instant: every notice planned by then, every try, every reason for
 * none.
 */
export async function readGrantHistory(
  db: Database,
  grantId: string,
  until: Date,
): Promise<Readonly<{ notices: readonly NoticeRecord[]; decisions: readonly DecisionRecord[] }>> {
  const notices = await db.notice.findMany({
    where: { grantId, mail: { sweep: { asOf: { lte: until } } } },
    include: {
      mail: {
        include: {
          sweep: { select: { asOf: true, heldBecause: true, decidedAt: true } },
          deliveries: { where: { at: { lte: until } }, orderBy: { id: 'asc' } },
          reports: { where: { receivedAt: { lte: until } }, orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }] },
        },
      },
    },
    orderBy: { id: 'asc' },
  })
  const decisions = await db.decision.findMany({
    where: { grantId, asOf: { lte: until } },
    orderBy: { id: 'asc' },
  })
  return {
    notices: notices.map(({ id, contactId, expiresAt, stage, dueAt, settledAt, mail, ...now }) => {
      const { sweep } = mail
      const isHeld = sweep.heldBecause !== null && (sweep.decidedAt === null || sweep.decidedAt > until)
      const isSettled = settledAt !== null && settledAt <= until
      const isSent = mail.sentAt !== null && mail.sentAt <= until
      return {
        id: String(id),
        contactId,
        expiresAt,
        stage,
        dueAt,
        state: isSettled ? (now.state as NoticeRecord['state']) : isHeld ? 'held' : 'planned',
        reason: isSettled ? now.reason : null,
        settledAt: isSettled ? settledAt : null,
        mail: {
          id: mail.id,
          sweepId: mail.sweepId,
          plannedAt: sweep.asOf,
          to: mail.toAddress,
          state: isSent || (isSettled && mail.sentAt === null) ? mail.state : isHeld ? 'held' : 'queued',
          messageId: mail.messageId,
          sentAt: isSent ? mail.sentAt : null,
          nextAttemptAt: mail.nextAttemptAt,
          retried:
            mail.retriedAt !== null && mail.retriedAt <= until
              ? { at: mail.retriedAt, after: mail.retriedAfter ?? '' }
              : null,
          attempts: mail.deliveries,
          reports: mail.reports.map(({ receivedAt: at, kind, status, diagnostic, source }) => ({
            at,
            kind: kind as ReportKind,
            status,
            diagnostic,
            source,
          })),
        },
      }
    }),
    decisions: decisions.map(({ asOf, reason, detail }) => ({ asOf, reason: reason as DropReason, detail })),
  }
}
