import { afterUncertain } from '../domain/delivery.ts'
import type { Rules } from '../domain/rules.ts'
import type { Transaction } from '../store/database.ts'
import { exchange, type MailResult } from '../store/mail-results.ts'
import { abandonedMails, type BatchAttempt, type ClaimedMail, mailsOfEarlierAttempts } from '../store/outbox.ts'
import { countResults, type DeliveryCounts, NO_DELIVERY } from './delivery-counts.ts'
import type { MailEvents } from './mail-events.ts'
import { releasedResult } from './mail-result.ts'

type Occasion = Readonly<{
  now: Date
  onUncertain: Rules['onUncertain']
  /** Is told of each mail that may have been sent or not. */
  told?: MailEvents['settled']
}>

/**
 * Takes mails back from workers that are gone: from earlier attempts at a batch, or, without one, whatever the queue has
 * lost. One that was handed over may have been sent or not, and is dealt with as uncertain; any other certainly was not,
 * and goes back as if nothing had been.
 */
export async function recoverAbandoned(
  tx: Transaction,
  occasion: Occasion,
  attempt?: BatchAttempt,
): Promise<DeliveryCounts> {
  const mails = await (attempt === undefined ? abandonedMails(tx) : mailsOfEarlierAttempts(tx, attempt))
  if (mails.length === 0) return NO_DELIVERY
  const inDoubt = mails
    .filter(({ isHandedOver }) => isHandedOver)
    .map((mail) => ({ mail, result: uncertainResult(mail, occasion) }))
  const uncertain = inDoubt.map(({ result }) => result)
  const released = mails.filter(({ isHandedOver }) => !isHandedOver).map((mail) => releasedResult(mail, occasion.now))
  await exchange(tx, { results: [...uncertain, ...released], departures: [] })
  for (const { mail, result } of inDoubt) occasion.told?.(mail, result)
  return countResults(uncertain)
}

function uncertainResult(mail: ClaimedMail, { now, onUncertain }: Occasion): MailResult {
  const after = afterUncertain({ now, wasUncertain: mail.uncertain, onUncertain })
  const failed = after.state === 'failed'
  const notices = mail.notices.map(({ id }) => ({
    id,
    state: failed ? ('failed' as const) : ('planned' as const),
    reason: failed ? 'uncertain' : null,
    amount: null,
  }))
  return {
    ...releasedResult(mail, now),
    state: failed ? 'failed' : 'queued',
    reason: failed ? 'uncertain' : null,
    uncertain: true,
    attempts: mail.attempts + 1,
    nextAttemptAt: now,
    notices,
    attempt: {
      outcome: 'uncertain',
      stage: 'final',
      replyCode: null,
      enhancedCode: null,
      reply: 'the worker was gone before it could say what became of the mail',
    },
  }
}
