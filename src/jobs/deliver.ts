import { type Confirmation, confirmMail } from '../domain/confirm.ts'
import { type AfterAttempt, afterAttempt } from '../domain/delivery.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type SendOutcome, type SmtpVerdict, verdictOn } from '../domain/smtp-verdict.ts'
import { readFilesOfMails } from '../store/account-files.ts'
import type { Database } from '../store/database.ts'
import { type AttemptResult, type ClaimedMail, claimMails, type MailResult, recordResults } from '../store/outbox.ts'
import { suppressAddress } from '../store/suppressions.ts'
import { recoverAbandoned } from './abandoned.ts'
import type { Gate } from './gate.ts'

/**
 * Mails that are claimed, sent and recorded together. As many may go out twice if a worker is killed at its worst
 * moment; larger groups cost the database less.
 */
const GROUP_MAILS = 25

export type Courier = Readonly<{
  db: Database
  rules: Rules
  locales: readonly string[]
  /** Builds a confirmed mail and hands it to the SMTP server; never throws for what the server or the line does. */
  send: (mail: ClaimedMail, confirmation: Confirmation, now: Date) => Promise<SendOutcome>
  gate: Gate
  random: () => number
}>

/** A batch as the queue hands it out. `retryCount` counts how often it was handed out before. */
export type Batch = Readonly<{ id: string; retryCount: number; mailIds: readonly string[] }>

/** The batch was stopped between two groups. */
export class BatchInterrupted extends Error {
  override readonly name = 'BatchInterrupted'
}

/** What came of a batch, by the state its mails are in now. */
export type DeliveryCounts = Readonly<Record<'sent' | 'deferred' | 'failed' | 'cancelled' | 'uncertain', number>>

/**
 * Delivers a batch, group by group: claim, read afresh, confirm, build, send, record.
 *
 * A group is committed as `sending` before the first byte leaves, and recorded when the last reply is in: at least
 * once, and twice only where a worker died in between.
 *
 * @param clock the business time, read anew for each group
 * @param signal stops the batch before its next group
 * @param report is told what came of each group
 * @throws BatchInterrupted when stopped: the rest is still queued, and the batch belongs back in the queue
 */
export async function deliverBatch(
  courier: Courier,
  batch: Batch,
  clock: () => Date,
  signal: AbortSignal,
  report: (counts: DeliveryCounts) => void,
): Promise<void> {
  const claim = `${batch.id}:${batch.retryCount}`
  if (batch.retryCount > 0) {
    // Handed out again: whoever had it before is taken for dead, and what it had in hand may have gone out.
    const occasion = { now: clock(), onUncertain: courier.rules.onUncertain }
    await recoverAbandoned(courier.db, occasion, { batch: batch.id, attemptsBefore: claim })
  }
  for (let start = 0; start < batch.mailIds.length; start += GROUP_MAILS) {
    if (!(await courier.gate.passage(signal))) throw new BatchInterrupted()
    const now = clock()
    const mails = await claimMails(courier.db, claim, batch.mailIds.slice(start, start + GROUP_MAILS), now)
    if (mails.length === 0) continue
    const results = await deliverGroup(courier, mails, momentAt(courier.rules, now))
    await recordResults(courier.db, now, results)
    report(countResults(results))
  }
}

function countResults(results: readonly MailResult[]): DeliveryCounts {
  const inState = (state: MailResult['state']) => results.filter((result) => result.state === state).length
  return {
    sent: inState('sent'),
    deferred: inState('queued'),
    failed: inState('failed'),
    cancelled: inState('cancelled'),
    uncertain: results.filter(({ uncertain }) => uncertain).length,
  }
}

async function deliverGroup(
  courier: Courier,
  mails: readonly ClaimedMail[],
  moment: Moment,
): Promise<readonly MailResult[]> {
  const files = await readFilesOfMails(courier.db, mails)
  return Promise.all(
    mails.map(async (mail) => {
      const file = files.get(mail.accountId)
      if (file === undefined) throw new Error(`the account of mail ${mail.id} was not read`)
      const confirmation = confirmMail(mail, file, { moment, locales: courier.locales })
      if (confirmation.lines.length === 0) return cancelled(mail, confirmation)
      const outcome = await courier.send(mail, confirmation, moment.now)
      return afterSending(courier, { mail, confirmation, outcome, moment })
    }),
  )
}

function cancelled(mail: ClaimedMail, { dropped }: Confirmation): MailResult {
  return {
    ...unchanged(mail),
    state: 'cancelled',
    reason: dropped[0]?.reason ?? 'grant-missing',
    notices: dropped.map(({ noticeId, reason }) => ({ id: noticeId, state: 'dropped', reason, amount: null })),
  }
}

async function afterSending(
  courier: Courier,
  sending: Readonly<{ mail: ClaimedMail; confirmation: Confirmation; outcome: SendOutcome; moment: Moment }>,
): Promise<MailResult> {
  const { mail, confirmation, outcome } = sending
  const { now, rules } = sending.moment
  const verdict = verdictOn(outcome)
  if (verdict === 'accepted') courier.gate.open()
  if (verdict === 'service-refused' || verdict === 'unreachable') {
    courier.gate.close({ reason: verdict, detail: outcome.reply })
  }
  if (verdict === 'recipient-refused') await suppressAddress(courier.db, confirmation.to, mail.id)

  const attempts = mail.attempts + (isOurOwnTrouble(verdict) ? 0 : 1)
  const after = afterAttempt({
    ...{ verdict, attempts, now, deadline: mail.deadline, wasUncertain: mail.uncertain },
    ...{ onUncertain: rules.onUncertain, random: courier.random() },
  })
  return {
    ...unchanged(mail),
    ...after,
    reason: 'reason' in after ? after.reason : null,
    uncertain: 'uncertain' in after ? after.uncertain : mail.uncertain,
    attempts,
    nextAttemptAt: 'nextAttemptAt' in after ? after.nextAttemptAt : null,
    sentAt: after.state === 'sent' ? now : null,
    to: confirmation.to,
    locale: confirmation.locale,
    timeZone: confirmation.timeZone,
    notices: noticeResults(confirmation, after),
    attempt: { ...detailsOf(outcome), outcome: OUTCOME_OF_VERDICT[verdict] },
  }
}

/** A refusal of us or a line that is down says nothing about the mail, and costs it no attempt. */
function isOurOwnTrouble(verdict: SmtpVerdict): boolean {
  return verdict === 'service-refused' || verdict === 'unreachable'
}

const OUTCOME_OF_VERDICT = {
  accepted: 'sent',
  deferred: 'deferred',
  'recipient-refused': 'failed',
  'mail-refused': 'failed',
  'service-refused': 'refused-us',
  unreachable: 'refused-us',
  uncertain: 'uncertain',
} as const satisfies Record<SmtpVerdict, string>

const NOTICE_STATE = { sent: 'sent', queued: 'planned', failed: 'failed', cancelled: 'dropped' } as const

function noticeResults({ lines, dropped }: Confirmation, after: AfterAttempt): MailResult['notices'] {
  const state = NOTICE_STATE[after.state]
  const reason = 'reason' in after ? after.reason : null
  return [
    ...lines.map(({ noticeId, amount }) => ({ id: noticeId, state, reason, amount })),
    ...dropped.map(({ noticeId, reason }) => ({ id: noticeId, state: 'dropped' as const, reason, amount: null })),
  ]
}

function unchanged(mail: ClaimedMail): MailResult {
  return {
    ...{ id: mail.id, claim: mail.claim, state: 'queued', reason: null, uncertain: mail.uncertain },
    ...{ attempts: mail.attempts, nextAttemptAt: null, sentAt: null, to: null, locale: null, timeZone: null },
    ...{ notices: [], attempt: null },
  }
}

function detailsOf(outcome: SendOutcome): Omit<AttemptResult, 'outcome'> {
  const { reply } = outcome
  const nothing = { replyCode: null, enhancedCode: null, reply }
  switch (outcome.kind) {
    case 'accepted':
      return { stage: 'final', ...nothing, replyCode: Number(reply.slice(0, 3)) || null }
    case 'unsupported-address':
      return { stage: 'rcpt', ...nothing }
    case 'broken':
      return { stage: outcome.stage, ...nothing }
    case 'refused':
      return { stage: outcome.stage, replyCode: outcome.replyCode, enhancedCode: outcome.enhancedCode, reply }
  }
}
