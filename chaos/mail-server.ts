import type { SinkReply, SinkStage } from '../test/support/smtp-sink.ts'
import type { Dice } from './dice.ts'

/** What a bad mail server says at each stage; `lost`: it took the mail, and could not say so. */
const MOODS: Readonly<Record<SinkStage, readonly [SinkReply, ...SinkReply[]]>> = {
  connect: ['close', '421 4.3.2 come back later'],
  auth: ['close', '454 4.7.0 temporary authentication failure'],
  mail: ['close', '451 4.3.0 not now', '421 4.3.2 shutting down'],
  rcpt: ['450 4.2.1 busy', '451 4.7.1 greylisted', '452 4.2.2 mailbox full', 'close', '421 4.3.2 shutting down'],
  data: ['close', '451 4.3.0 not now', '421 4.3.2 shutting down'],
  final: ['lost', 'close', 'silence', '451 4.3.0 not now', '421 4.3.2 shutting down'],
}

/** How often it is in such a mood: of each recipient's mails, and of connections, which matter to all mails. */
const PROBABILITY: Readonly<Record<SinkStage, number>> = {
  connect: 0.05,
  auth: 0,
  mail: 0.01,
  rcpt: 0.05,
  data: 0.02,
  final: 0.06,
}

/**
 * The whims of a mail server, which its good days end. An address that is refused for good is so on every day.
 *
 * How it treats a person's nth mail, the seed decides; how it treats its nth connection too, but which mails come by that
 * one is for the processes to decide.
 */
export function whimsOf(dice: Dice, weather: Readonly<{ isCalm: boolean }>) {
  const visits = new Map<string, number>()
  return (stage: SinkStage, recipients: readonly string[]): SinkReply | null => {
    const recipient = recipients.join()
    if (stage === 'rcpt' && recipient.startsWith('refused.')) return '550 5.1.1 no such user'
    if (weather.isCalm) return null
    const visitor = `${stage} ${recipient}`
    const visit = (visits.get(visitor) ?? 0) + 1
    visits.set(visitor, visit)
    if (!dice.happens(PROBABILITY[stage], 'whim', visitor, visit)) return null
    return dice.pick(MOODS[stage], 'mood', visitor, visit)
  }
}
