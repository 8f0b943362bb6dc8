import type { AccountFile } from '../domain/account-file.ts'
import { domainOf } from '../domain/address.ts'
import { type Confirmation, confirmMail } from '../domain/confirm.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type SendOutcome, type SmtpVerdict, verdictOn } from '../domain/smtp-verdict.ts'
import type { Logger } from '../logger.ts'
import type { HandedOver } from '../mail/mail-copy.ts'
import { maskText } from '../mask.ts'
import type { Database } from '../store/database.ts'
import type { MailResult } from '../store/mail-results.ts'
import { type BatchAttempt, type ClaimedMail, claimMails } from '../store/outbox.ts'
import { recoverAbandoned } from './abandoned.ts'
import type { Clock } from './clock.ts'
import { countResults, type DeliveryCounts } from './delivery-counts.ts'
import type { Departures } from './departures.ts'
import { readAfresh } from './fresh-files.ts'
import type { Closure, Gate } from './gate.ts'
import type { HoldingsReader } from './holdings.ts'
import type { MailEvents } from './mail-events.ts'
import { cancelledResult, sentResult, unbuiltResult } from './mail-result.ts'

/** Mails that are claimed and read together: many, because a round costs the database the same for few. */
const GROUP_MAILS = 100
/** For so long a mail may go out as it was confirmed; then it is read afresh (rule R8). */
const CONFIRMED_FOR_MS = 60_000

export type Courier = Readonly<{
  db: Database
  rules: Rules
  locales: readonly string[]
  /** Builds a confirmed mail and hands it to the SMTP server; never throws for what the server or the line does. */
  send: (mail: ClaimedMail, confirmation: Confirmation, now: Date) => Promise<HandedOver>
  /** What the accounts of mails hold beside the grants that these speak of. */
  readHoldings: HoldingsReader
  gate: Gate
  departures: Departures
  events: MailEvents
  random: () => number
  log: Logger
}>

/** A batch as the queue hands it out. `retryCount` counts how often it was handed out before. */
export type Batch = Readonly<{ id: string; retryCount: number; mailIds: readonly string[] }>

/** The circumstances of a delivery. */
export type Circumstances = Readonly<{
  /** The business time, read anew for each group. */
  clock: Clock
  /** Stops the batch: what is on its way is finished, all else given back. */
  signal: AbortSignal
  /** Is told what came of each mail. */
  report: (counts: DeliveryCounts) => void
}>

/** The batch was stopped before all of it was dealt with. */
export class BatchInterrupted extends Error {
  override readonly name = 'BatchInterrupted'
}

/**
 * Delivers a batch, group by group: claim, read afresh, confirm; then each mail waits for its place on the way out, is
 * built, sent and recorded. At least once, and twice only where a worker died while the mail was on its way.
 *
 * @throws BatchInterrupted when stopped: the rest is queued as before, and the batch belongs back in the queue
 */
export async function deliverBatch(courier: Courier, batch: Batch, circumstances: Circumstances): Promise<void> {
  const { clock, signal, report } = circumstances
  const attempt = { batchId: batch.id, claim: `${batch.id}:${batch.retryCount}` }
  if (batch.retryCount > 0) {
    // Handed out again: whoever had it before is taken for dead, and what had left may have arrived.
    const occasion = { now: clock(), onUncertain: courier.rules.onUncertain, told: courier.events.settled }
    report(await recoverAbandoned(courier.db, occasion, attempt))
  }
  const reconsider = () => courier.departures.reconsider()
  signal.addEventListener('abort', reconsider, { once: true })
  try {
    for (let left = batch.mailIds; left.length > 0; ) {
      const group = left.slice(0, GROUP_MAILS)
      const givenBack = await deliverGroup(courier, attempt, group, circumstances)
      left = [...left.slice(GROUP_MAILS), ...givenBack]
    }
  } finally {
    signal.removeEventListener('abort', reconsider)
  }
}

/** @returns the mails that were given back, to be claimed again */
async function deliverGroup(
  courier: Courier,
  attempt: BatchAttempt,
  mailIds: readonly string[],
  circumstances: Circumstances,
): Promise<readonly string[]> {
  const arrive = await courier.departures.room(mailIds.length, circumstances.signal)
  if (arrive === null) throw new BatchInterrupted()
  let deliveries: Promise<string | null>[] = []
  try {
    const now = circumstances.clock()
    const mails = await claimMails(courier.db, attempt, mailIds, now)
    if (mails.length === 0) return []
    const moment = momentAt(courier.rules, now)
    const files = await readAfresh(courier, mails, now)
    deliveries = mails.map((mail) =>
      deliverMail(courier, mail, { file: files.get(mail.accountId), moment }, circumstances),
    )
  } finally {
    arrive()
  }
  // All of them, also where one fails: else they would be sent behind the back of whoever stops the batch.
  const fates = await Promise.allSettled(deliveries)
  const failed = fates.find((fate) => fate.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return fates.flatMap((fate) => (fate.status === 'fulfilled' && fate.value !== null ? [fate.value] : []))
}

type Known = Readonly<{ file: AccountFile | undefined; moment: Moment }>

/** @returns its id where it was given back; null where it is dealt with */
async function deliverMail(
  courier: Courier,
  mail: ClaimedMail,
  { file, moment }: Known,
  { clock, signal, report }: Circumstances,
): Promise<string | null> {
  const { departures, events } = courier
  const confirmation = confirm(courier, mail, { file, moment })
  if (confirmation === null || confirmation.lines.length === 0) {
    const result =
      confirmation === null ? unbuiltResult(mail, moment.now) : cancelledResult(mail, confirmation, moment.now)
    await departures.settle(result)
    events.settled(mail, result)
    report(countResults([result]))
    return null
  }
  const validUntil = validityOf(mail, confirmation, moment)
  let result: MailResult | null = null
  const fate = await departures.send(
    {
      mail,
      domain: domainOf(confirmation.to),
      now: moment.now,
      isFresh: () => clock() < validUntil,
      send: async () => {
        result = await sendMail(courier, mail, confirmation, moment)
        return result
      },
    },
    signal,
  )
  if (fate === 'given-back') return mail.id
  if (result !== null) {
    events.settled(mail, result)
    report(countResults([result]))
  }
  return null
}

/** Null for a mail that cannot be read: it fails alone; the others of its group go out, and are recorded. */
function confirm({ locales, log }: Courier, mail: ClaimedMail, { file, moment }: Known): Confirmation | null {
  try {
    if (file === undefined) throw new Error('the account of the mail was not read')
    return confirmMail(mail, file, { moment, locales })
  } catch (error) {
    log.error({ mail: mail.id, sweep: mail.sweepId, err: error }, 'mail could not be confirmed')
    return null
  }
}

/** Until when it says the truth: not beyond the first of its expiries, where these are still to come. */
function validityOf({ category }: ClaimedMail, { lines }: Confirmation, { now }: Moment): Date {
  const expiries = category === 'expired' ? [] : lines.map(({ expiresAt }) => expiresAt.getTime())
  return new Date(Math.min(now.getTime() + CONFIRMED_FOR_MS, ...expiries))
}

async function sendMail(
  courier: Courier,
  mail: ClaimedMail,
  confirmation: Confirmation,
  moment: Moment,
): Promise<MailResult> {
  try {
    const outcome = await courier.send(mail, confirmation, moment.now)
    watch(courier.gate, mail, outcome)
    return sentResult({ mail, confirmation, outcome, moment, random: courier.random() })
  } catch (error) {
    courier.log.error({ mail: mail.id, sweep: mail.sweepId, err: error }, 'mail could not be built')
    return unbuiltResult(mail, moment.now)
  }
}

/** Every other mail would meet the same. */
function isForAll(verdict: SmtpVerdict): verdict is Closure['reason'] {
  return verdict === 'service-refused' || verdict === 'unreachable' || verdict === 'throttled'
}

/** Lets one mail's answer decide for all: an accepted one opens the way, a refusal of us bars it. */
function watch(gate: Gate, mail: ClaimedMail, outcome: SendOutcome): void {
  const verdict = verdictOn(outcome)
  // Shown to whoever asks for the service's health, and a server may name the recipient.
  const detail = () => maskText(outcome.reply)
  if (verdict === 'accepted') gate.open()
  else if (isForAll(verdict)) gate.close({ reason: verdict, detail: detail() })
  else if (verdict === 'policy-refused') gate.suspect(mail.id, { reason: 'service-refused', detail: detail() })
  else if (verdict === 'uncertain') gate.suspect(mail.id, { reason: 'unreachable', detail: detail() })
  // Of an address that the server cannot carry, it was not even asked.
  else if (verdict !== 'address-unsupported') gate.answered()
}
