import type { Category, Decimal } from '../domain/model.ts'
import type { DropReason } from '../domain/reasons.ts'
import type { ReportKind } from '../domain/report.ts'
import type { LedgerNotice } from '../domain/told.ts'
import type { Transaction } from './database.ts'
import type { Prisma } from './generated/client.ts'
import { inParts } from './in-parts.ts'

/** A notice with its mail and the mail's delivery, as they stood at a time. */
export type NoticeRecord = Readonly<{
  id: string
  grantId: string
  accountId: string
  contactId: string
  expiresAt: Date
  stage: string
  dueAt: Date
  /** What was at stake when it was planned; once it was sent, what the mail said was. */
  unit: string
  amount: Decimal
  state: LedgerNotice['state'] | 'dropped'
  reason: string | null
  /** When it came to that state; null where it is still on its way. */
  settledAt: Date | null
  mail: Readonly<{
    id: string
    sweepId: string
    plannedAt: Date
    category: Category
    to: string
    /** The reader's zone. */
    timeZone: string
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

/** All that the ledger says of a grant, as it stood at an instant. */
export type GrantHistory = Readonly<{ notices: readonly NoticeRecord[]; decisions: readonly DecisionRecord[] }>

/**
 * All that the ledger says of a grant, as it stood at an instant: every notice planned by then, every try, every reason for
 * none.
 */
export async function readGrantHistory(db: Transaction, grantId: string, until: Date): Promise<GrantHistory> {
  const histories = await readGrantHistories(db, [grantId], until)
  return histories.get(grantId) ?? { notices: [], decisions: [] }
}

/** The same of several grants, by their ids; those that the ledger knows nothing of are not among them. */
export async function readGrantHistories(
  db: Transaction,
  grantIds: readonly string[],
  until: Date,
): Promise<ReadonlyMap<string, GrantHistory>> {
  const notices = Map.groupBy(
    await inParts(grantIds, (part) => readNoticesUntil(db, { grantId: { in: part } }, until)),
    ({ grantId }) => grantId,
  )
  const rows = await inParts(grantIds, (part) =>
    db.decision.findMany({ where: { grantId: { in: part }, asOf: { lte: until } }, orderBy: { id: 'asc' } }),
  )
  const decisions = Map.groupBy(rows, ({ grantId }) => grantId)
  return new Map(
    grantIds.flatMap((id) => {
      if (!notices.has(id) && !decisions.has(id)) return []
      const reasons = (decisions.get(id) ?? []).map(({ asOf, reason, detail }) => ({
        asOf,
        reason: reason as DropReason,
        detail,
      }))
      return [[id, { notices: notices.get(id) ?? [], decisions: reasons }] as const]
    }),
  )
}

/** Every notice planned by an instant that meets a condition, as it stood then, in the order of planning. */
export async function readNoticesUntil(
  db: Transaction,
  where: Prisma.NoticeWhereInput,
  until: Date,
): Promise<readonly NoticeRecord[]> {
  const ids = await db.notice.findMany({
    where: { AND: [where, { mail: { sweep: { asOf: { lte: until } } } }] },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  const notices = await inParts(ids, (part) =>
    db.notice.findMany({
      where: { id: { in: part.map(({ id }) => id) } },
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
    }),
  )
  const amounts = await readAmounts(
    db,
    notices.map(({ id }) => id),
  )
  return notices.map((notice) => ({ ...asOfThen(notice, until), amount: amounts.get(notice.id) ?? '0' }))
}

/** What notices said was at stake, with the digits that the database holds: `18.00`, where the client would say `18`. */
export async function readAmounts(db: Transaction, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, Decimal>> {
  if (ids.length === 0) return new Map()
  const rows = await db.$queryRawUnsafe<{ id: bigint; amount: string }[]>(
    'SELECT id, amount::text AS amount FROM reminders.notices WHERE id = ANY($1::bigint[])',
    ids.map(String),
  )
  return new Map(rows.map(({ id, amount }) => [id, amount]))
}

type NoticeRow = Prisma.NoticeGetPayload<{
  include: {
    mail: {
      include: {
        sweep: { select: { asOf: true; heldBecause: true; decidedAt: true } }
        deliveries: true
        reports: true
      }
    }
  }
}>

function asOfThen({ mail, ...notice }: NoticeRow, until: Date): Omit<NoticeRecord, 'amount'> {
  const { id, grantId, accountId, contactId, expiresAt, stage, dueAt, unit } = notice
  const { sweep } = mail
  const isHeld = sweep.heldBecause !== null && (sweep.decidedAt === null || sweep.decidedAt > until)
  const settled = settledBy(notice, mail, until)
  const isSent = mail.sentAt !== null && mail.sentAt <= until
  return {
    ...{ id: String(id), grantId, accountId, contactId, expiresAt, stage, dueAt, unit },
    state: settled?.state ?? (isHeld ? 'held' : 'planned'),
    reason: settled?.reason ?? null,
    settledAt: settled?.at ?? null,
    mail: {
      id: mail.id,
      sweepId: mail.sweepId,
      plannedAt: sweep.asOf,
      category: mail.category as Category,
      to: mail.toAddress,
      timeZone: mail.timeZone,
      state: stateOf(mail, { isSent, isHeld, settled: settled?.state ?? null }),
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
}

type Settled = Readonly<{ state: NoticeRecord['state']; reason: string | null; at: Date }>

/** What a notice had come to by then; null where it was still on its way. */
function settledBy(
  { state, reason, settledAt }: Omit<NoticeRow, 'mail'>,
  mail: NoticeRow['mail'],
  until: Date,
): Settled | null {
  if (settledAt !== null && settledAt <= until) return { state: state as NoticeRecord['state'], reason, at: settledAt }
  // A person who put it back since has set it on its way anew: then, it had failed.
  const last = mail.deliveries.at(-1)
  const isPutBackSince = mail.retriedAt !== null && mail.retriedAt > until
  if (!isPutBackSince || last?.outcome !== 'failed') return null
  return { state: 'failed', reason: mail.retriedAfter, at: last.at }
}

/** How a mail stood; what was told of it since is not yet known. */
function stateOf(
  { state, sentAt }: NoticeRow['mail'],
  { isSent, isHeld, settled }: Readonly<{ isSent: boolean; isHeld: boolean; settled: NoticeRecord['state'] | null }>,
): string {
  if (isSent) return state
  if (settled === 'failed') return 'failed'
  if (settled !== null && sentAt === null) return state
  return isHeld ? 'held' : 'queued'
}
