import type { FailureReason } from './reasons.ts'
import type { SmtpVerdict } from './smtp-verdict.ts'

const MS_PER_MINUTE = 60_000

/** Greylisting servers turn away a second try before five minutes are over. */
const FIRST_RETRY_MS = 5 * MS_PER_MINUTE
const LONGEST_RETRY_MS = 6 * 60 * MS_PER_MINUTE
/** A retry comes up to a fifth earlier or later, so that mails deferred together do not come back together. */
const JITTER = 0.2

/**
 * What an attempt makes of a mail, whose states are:
 *
 * ```
 * held ──approve──> queued ──claim──> sending ──> sent
 *   └──discard──> discarded  ^ └─nothing left─┐ ├──> failed      (refused for good)
 *                            └───deferred─────┼─┤
 *                                             └─┴──> cancelled   (nothing left to say, or too late to say it)
 * ```
 *
 * A mail found in `sending` whose worker is gone is `uncertain`: it goes back to `queued` and out again once, under
 * the same Message-ID, or fails, as `onUncertain` says.
 */
export type AfterAttempt = Readonly<
  | { state: 'sent' }
  | { state: 'queued'; nextAttemptAt: Date; uncertain: boolean }
  | { state: 'failed'; reason: Exclude<FailureReason, 'too-late'> }
  | { state: 'cancelled'; reason: 'too-late' }
>

/**
 * The state of a mail after an attempt to deliver it.
 *
 * A deferral is tried again after growing, jittered delays (5 minutes, doubled to at most 6 hours) until the mail's
 * deadline. A refusal of us as a sender costs the mail nothing: it waits for us to be let in again.
 *
 * @param attempt.attempts how many attempts the mail has had, this one included
 * @param attempt.random a number in [0, 1) that spreads the retries
 */
export function afterAttempt(attempt: {
  verdict: SmtpVerdict
  attempts: number
  now: Date
  deadline: Date
  wasUncertain: boolean
  onUncertain: 'resend' | 'hold'
  random: number
}): AfterAttempt {
  const { verdict, now } = attempt
  switch (verdict) {
    case 'accepted':
      return { state: 'sent' }
    case 'recipient-refused':
    case 'mail-refused':
    case 'address-unsupported':
      return { state: 'failed', reason: verdict }
    case 'uncertain':
      return afterUncertain(attempt)
    case 'service-refused':
    case 'unreachable':
      return { state: 'queued', nextAttemptAt: now, uncertain: attempt.wasUncertain }
    case 'deferred':
    case 'throttled':
    case 'policy-refused': {
      const nextAttemptAt = nextTry(attempt)
      if (nextAttemptAt === null) return { state: 'cancelled', reason: 'too-late' }
      return { state: 'queued', nextAttemptAt, uncertain: attempt.wasUncertain }
    }
  }
}

/** So often a mail is built in vain: what it wants may be mended meanwhile, in a template or in a row that it is about. */
const BUILDS = 3

/** The state of a mail that could not be built. It fails alone, after its attempts. */
export function afterUnbuilt(attempt: {
  attempts: number
  now: Date
  deadline: Date
  wasUncertain: boolean
}): AfterAttempt {
  const nextAttemptAt = attempt.attempts < BUILDS ? nextTry({ ...attempt, random: 0.5 }) : null
  if (nextAttemptAt === null) return { state: 'failed', reason: 'render-error' }
  return { state: 'queued', nextAttemptAt, uncertain: attempt.wasUncertain }
}

/** When a mail is tried again; null where it would come too late. */
function nextTry(attempt: { attempts: number; now: Date; deadline: Date; random: number }): Date | null {
  const { attempts, now, deadline, random } = attempt
  // Towards the end the tries come closer together, rather than to be given up hours before it.
  const halfOfRestMs = (deadline.getTime() - now.getTime()) / 2
  if (halfOfRestMs < FIRST_RETRY_MS) return null
  return new Date(now.getTime() + Math.min(retryDelayMs(attempts, random), halfOfRestMs))
}

/** What becomes of a mail that may or may not have arrived: out again once, then a person decides. */
export function afterUncertain(mail: {
  now: Date
  wasUncertain: boolean
  onUncertain: 'resend' | 'hold'
}): AfterAttempt {
  if (mail.wasUncertain || mail.onUncertain === 'hold') return { state: 'failed', reason: 'uncertain' }
  return { state: 'queued', nextAttemptAt: mail.now, uncertain: true }
}

/** The delay before the next try, in milliseconds. */
function retryDelayMs(attempts: number, random: number): number {
  const doubled = FIRST_RETRY_MS * 2 ** Math.max(0, attempts - 1)
  const jitter = 1 + JITTER * (2 * random - 1)
  // Never earlier than greylisting allows.
  return Math.max(FIRST_RETRY_MS, Math.round(Math.min(doubled, LONGEST_RETRY_MS) * jitter))
}
