import type { Delivery } from '../compose.ts'
import type { BounceWebhook } from '../http/webhooks.ts'
import { takeInEvents } from '../jobs/bounce-events.ts'
import { startBounceReading } from '../jobs/bounce-reader.ts'

type Setting = Pick<Delivery, 'db' | 'log' | 'bounces' | 'linkSecrets' | 'rules' | 'clock'>

/** Keeps reading the mailbox that bounces come to, where there is one. */
export function startReadingBounces(setting: Setting): Readonly<{ stop: () => Promise<void> }> {
  const { mailbox, returnPath } = setting.bounces
  const { unsubscribeStops } = setting.rules
  if (mailbox === null) return { stop: async () => {} }
  return startBounceReading({ ...setting, mailbox, returnPath, unsubscribeStops })
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
