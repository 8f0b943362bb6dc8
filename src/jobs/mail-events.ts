import type { DeliveryTimes } from '../delivery-times.ts'
import type { Logger } from '../logger.ts'
import type { MailResult } from '../store/mail-results.ts'
import type { ClaimedMail } from '../store/outbox.ts'
import { type DeliveryCounts, fateOf } from './delivery-counts.ts'

/** Is told what came of each mail, once that is in the ledger. */
export type MailEvents = Readonly<{ settled: (mail: ClaimedMail, result: MailResult) => void }>

type Level = 'debug' | 'info' | 'warn'

/** Of a process that has only its log to tell it. */
const LEVELS = {
  sent: 'info',
  deferred: 'info',
  failed: 'warn',
  cancelled: 'info',
  uncertain: 'warn',
  waiting: 'info',
} as const satisfies Record<keyof DeliveryCounts | 'waiting', Level>

const MS_PER_SECOND = 1000

/** What is said of a mail, by what came of it; `waiting` where not the mail was refused but we were. */
const WORDS = {
  sent: 'mail sent',
  deferred: 'mail not taken for now; it is tried again',
  failed: 'mail failed',
  cancelled: 'mail cancelled: nothing is left to say',
  uncertain: 'mail in doubt: it may have arrived',
  waiting: 'mail not sent: the mail server refuses us or cannot be reached; it waits',
} as const satisfies Record<keyof DeliveryCounts | 'waiting', string>

/**
 * One line of the log for what came of a mail, with the ids of the mail and of its sweep. Neither the address nor the
 * server's words, which may name somebody: `explain` tells these.
 *
 * @param isTold by the process itself in other words, at its end: then the lines are of the level `debug`
 */
export function mailEvents({
  log,
  isTold,
  observeDelay,
}: Readonly<{
  log: Pick<Logger, Level>
  isTold: boolean
  observeDelay: DeliveryTimes['sendDelay']
}>): MailEvents {
  return {
    settled: (mail, result) => {
      const fate = fateOf(result) ?? 'waiting'
      const delay = sendDelaySeconds(mail, result)
      if (delay !== null) observeDelay(delay)
      log[isTold ? 'debug' : LEVELS[fate]](lineOf(mail, result, delay), WORDS[fate])
    },
  }
}

function lineOf(mail: ClaimedMail, result: MailResult, delaySeconds: number | null): object {
  const { attempt, reason, nextAttemptAt, state } = result
  return {
    mail: mail.id,
    sweep: mail.sweepId,
    category: mail.category,
    ...(attempt !== null && { attempt: result.attempts, stage: attempt.stage }),
    ...(typeof attempt?.replyCode === 'number' && { replyCode: attempt.replyCode }),
    ...(typeof attempt?.enhancedCode === 'string' && { enhancedCode: attempt.enhancedCode }),
    ...(reason !== null && { reason }),
    ...(state === 'queued' && nextAttemptAt !== null && { nextAttemptAt }),
    ...(delaySeconds !== null && { delaySeconds: Math.round(delaySeconds) }),
  }
}

/**
 * How late a mail was sent: measured from when the first of the notices in it was due, as its rung of the ladder says,
 * to the business time at which it was confirmed and sent. Null where it was not sent.
 *
 * What kept it counts, whatever it was: the wait for the next sweep, a person's approval, retries, an outage. A notice
 * that dropped out of the mail does not.
 */
export function sendDelaySeconds(mail: Pick<ClaimedMail, 'notices'>, result: MailResult): number | null {
  if (result.sentAt === null) return null
  const sent = new Set(result.notices.filter(({ state }) => state === 'sent').map(({ id }) => id))
  const dueMs = mail.notices.flatMap(({ id, dueAt }) => (sent.has(id) && dueAt !== undefined ? [dueAt.getTime()] : []))
  if (dueMs.length === 0) return null
  return Math.max(0, (result.sentAt.getTime() - Math.min(...dueMs)) / MS_PER_SECOND)
}
