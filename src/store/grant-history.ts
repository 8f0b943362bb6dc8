import type { DropReason } from '../domain/reasons.ts'
import type { Database } from './database.ts'

/** A notice with its mail and the mail's delivery, as the ledger holds them. */
export type NoticeRecord = Readonly<{
  id: string
  contactId: string
  expiresAt: Date
  stage: string
  dueAt: Date
  state: string
  reason: string | null
  mail: Readonly<{
    id: string
    sweepId: string
    plannedAt: Date
    to: string
    state: string
    messageId: string
    sentAt: Date | null
    nextAttemptAt: Date
    attempts: readonly AttemptRecord[]
  }>
}>

export type AttemptRecord = Readonly<{
  at: Date
  outcome: string
  stage: string
  replyCode: number | null
  reply: string
}>

export type DecisionRecord = Readonly<{ asOf: Date; reason: DropReason; detail: string | null }>

/** All that the ledger says of a grant up to an instant: every notice ever planned, every try, every reason for none. */
export async function readGrantHistory(
  db: Database,
  grantId: string,
  until: Date,
): Promise<Readonly<{ notices: readonly NoticeRecord[]; decisions: readonly DecisionRecord[] }>> {
  const notices = await db.notice.findMany({
    where: { grantId, mail: { sweep: { asOf: { lte: until } } } },
    include: { mail: { include: { sweep: { select: { asOf: true } }, deliveries: { orderBy: { id: 'asc' } } } } },
    orderBy: { id: 'asc' },
  })
  const decisions = await db.decision.findMany({
    where: { grantId, asOf: { lte: until } },
    orderBy: { id: 'asc' },
  })
  return {
    notices: notices.map(({ id, contactId, expiresAt, stage, dueAt, state, reason, mail }) => ({
      id: String(id),
      contactId,
      expiresAt,
      stage,
      dueAt,
      state,
      reason,
      mail: {
        id: mail.id,
        sweepId: mail.sweepId,
        plannedAt: mail.sweep.asOf,
        to: mail.toAddress,
        state: mail.state,
        messageId: mail.messageId,
        sentAt: mail.sentAt,
        nextAttemptAt: mail.nextAttemptAt,
        attempts: mail.deliveries.filter(({ at }) => at <= until),
      },
    })),
    decisions: decisions.map(({ asOf, reason, detail }) => ({ asOf, reason: reason as DropReason, detail })),
  }
}
