import { afterUncertain } from '../domain/delivery.ts'
import type { Rules } from '../domain/rules.ts'
import type { Transaction } from '../store/database.ts'
import { abandonedMails, type ClaimedMail, type MailResult, recordResults } from '../store/outbox.ts'
import { BATCH_EXPIRES_SECONDS } from '../store/queue.ts'
import { countResults, type DeliveryCounts, NO_DELIVERY } from './delivery-counts.ts'

/**
 * Twice as long as the queue leaves a batch with one worker: until then a live one may have the mail in hand, behind
 * others that a slow server takes its time over. The queue's heartbeat finds a dead worker within half a minute; this is
 * for batches that the queue lost.
 */
export const ABANDONED_AFTER_MINUTES = (2 * BATCH_EXPIRES_SECONDS) / 60

type Occasion = Readonly<{ now: Date; onUncertain: Rules['onUncertain'] }>

/** Takes mails back from workers that are gone: each may have been sent or not, and is dealt with as uncertain. */
export async function recoverAbandoned(
  tx: Transaction,
  occasion: Occasion,
  batch?: Readonly<{ batch: string; attemptsBefore: string }>,
): Promise<DeliveryCounts> {
  const mails = await abandonedMails(tx, batch ?? { claimedMinutesAgo: ABANDONED_AFTER_MINUTES })
  if (mails.length === 0) return NO_DELIVERY
  const results = mails.map((mail) => uncertainResult(mail, occasion))
  await recordResults(tx, occasion.now, results)
  return countResults(results)
}

function uncertainResult(mail: ClaimedMail, { now, onUncertain }: Occasion): MailResult {
  const after = afterUncertain({ now, wasUncertain: mail.uncertain, onUncertain })
  const failed = after.state === 'failed'
  return {
    id: mail.id,
    claim: mail.claim,
    state: failed ? 'failed' : 'queued',
    reason: failed ? 'uncertain' : null,
    uncertain: true,
    attempts: mail.attempts + 1,
    nextAttemptAt: now,
    sentAt: null,
    to: null,
    locale: null,
    timeZone: null,
    notices: mail.notices.map(({ id }) => ({
      id,
      state: failed ? 'failed' : 'planned',
      reason: failed ? 'uncertain' : null,
      amount: null,
    })),
    attempt: {
      outcome: 'uncertain',
      stage: 'final',
      replyCode: null,
      enhancedCode: null,
      reply: 'the worker was gone before it could say what became of the mail',
    },
  }
}
