import type { Delivery } from '../compose.ts'
import type { BounceWebhook } from '../http/webhooks.ts'
import { takeInEvents } from '../jobs/bounce-events.ts'
import { startBounceReading } from '../jobs/bounce-reader.ts'

type Setting = Pick<Delivery, 'db' | 'log' | 'bounces' | 'clock'>

/** Keeps reading the mailbox that bounces come to, where there is one. */
export function startReadingBounces({ db, log, bounces }: Setting): Readonly<{ stop: () => Promise<void> }> {
  const { mailbox, returnPath } = bounces
  return mailbox === null ? { stop: async () => {} } : startBounceReading({ db, log, mailbox, returnPath })
}

/** What providers report to by HTTP; null where no secret is set to know them by. */
export function bounceWebhook({ db, log, bounces, clock }: Setting): BounceWebhook | null {
  const { webhookSecret, returnPath } = bounces
  if (webhookSecret === null) return null
  return {
    secret: webhookSecret,
    now: clock,
    record: async (events) => {
      try {
        const counts = await takeInEvents({ db, returnPath }, events)
        log.info(counts, 'bounces reported')
        return counts
      } catch (error) {
        log.error({ err: error }, 'reported bounces could not be written down')
        throw error
      }
    },
  }
}
