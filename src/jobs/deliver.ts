import { setTimeout } from 'node:timers/promises'
import { type Confirmation, confirmMail } from '../domain/confirm.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type SendOutcome, verdictOn } from '../domain/smtp-verdict.ts'
import type { Logger } from '../logger.ts'
import { maskText } from '../mask.ts'
import { readFilesOfMails } from '../store/account-files.ts'
import type { Database } from '../store/database.ts'
import { type ClaimedMail, claimMails, type MailResult, recordResults } from '../store/outbox.ts'
import { suppressRefused } from '../store/suppressions.ts'
import { recoverAbandoned } from './abandoned.ts'
import { countResults, type DeliveryCounts } from './delivery-counts.ts'
import type { Gate } from './gate.ts'
import { cancelledResult, sentResult, unbuiltResult } from './mail-result.ts'

/**
 * Mails that are claimed, sent and recorded together. As many may go out twice if a worker is killed at its worst
 * moment; larger groups cost the database less.
 */
const GROUP_MAILS = 50

/** Together about a minute: long enough for a database that restarts. */
const RECORD_ATTEMPTS = 12
const RECORD_PAUSE_MS = 1000

export type Courier = Readonly<{
  db: Database
  rules: Rules
  locales: readonly string[]
  /** Builds a confirmed mail and hands it to the SMTP server; never throws for what the server or the line does. */
  send: (mail: ClaimedMail, confirmation: Confirmation, now: Date) => Promise<SendOutcome>
  gate: Gate
  random: () => number
  log: Logger
}>

/** A batch as the queue hands it out. `retryCount` counts how often it was handed out before. */
export type Batch = Readonly<{ id: string; retryCount: number; mailIds: readonly string[] }>

/** The batch was stopped between two groups. */
export class BatchInterrupted extends Error {
  override readonly name = 'BatchInterrupted'
}

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
    report(await recoverAbandoned(courier.db, occasion, { batch: batch.id, attemptsBefore: claim }))
  }
  for (let start = 0; start < batch.mailIds.length; start += GROUP_MAILS) {
    if (!(await courier.gate.passage(signal))) throw new BatchInterrupted()
    const now = clock()
    const mails = await claimMails(courier.db, claim, batch.mailIds.slice(start, start + GROUP_MAILS), now)
    if (mails.length === 0) continue
    const results = await deliverGroup(courier, mails, momentAt(courier.rules, now))
    await record(courier, now, results)
    report(countResults(results))
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
      try {
        const file = files.get(mail.accountId)
        if (file === undefined) throw new Error('the account of the mail was not read')
        const confirmation = confirmMail(mail, file, { moment, locales: courier.locales })
        if (confirmation.lines.length === 0) return cancelledResult(mail, confirmation)
        const outcome = await courier.send(mail, confirmation, moment.now)
        watch(courier.gate, outcome)
        return sentResult({ mail, confirmation, outcome, moment, random: courier.random() })
      } catch (error) {
        // It fails alone: the others of its group go out, and are recorded.
        courier.log.error({ mail: mail.id, err: error }, 'mail could not be built')
        return unbuiltResult(mail)
      }
    }),
  )
}

/** Lets one mail's answer decide for all: an accepted one opens the way, a refusal of us bars it. */
function watch(gate: Gate, outcome: SendOutcome): void {
  const verdict = verdictOn(outcome)
  if (verdict === 'accepted') gate.open()
  if (verdict === 'service-refused' || verdict === 'unreachable') {
    // Shown to whoever asks for the service's health, and a server may name the recipient.
    gate.close({ reason: verdict, detail: maskText(outcome.reply) })
  }
}

/**
 * Keeps what came of a group. It is tried much harder than sending: until it is written, the mails count as uncertain,
 * and would go out twice.
 */
async function record({ db, log }: Courier, now: Date, results: readonly MailResult[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await recordResults(db, now, results)
      await suppressRefused(db, results)
      return
    } catch (error) {
      if (attempt === RECORD_ATTEMPTS) throw error
      log.warn({ mails: results.length, attempt, err: error }, 'results could not be recorded; it is tried again')
      await setTimeout(RECORD_PAUSE_MS * attempt)
    }
  }
}
