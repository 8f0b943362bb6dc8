import type { Confirmation } from '../domain/confirm.ts'
import { type AfterAttempt, afterAttempt, afterUnbuilt } from '../domain/delivery.ts'
import type { Moment } from '../domain/reach.ts'
import { EARLY_STAGES, type SendOutcome, type SmtpVerdict, verdictOn } from '../domain/smtp-verdict.ts'
import type { HandedOver } from '../mail/mail-copy.ts'
import type { AttemptResult, MailResult } from '../store/mail-results.ts'
import type { ClaimedMail } from '../store/outbox.ts'

/** A mail that was claimed and not sent: it waits as before. */
export function releasedResult(mail: ClaimedMail, at: Date): MailResult {
  return {
    id: mail.id,
    claim: mail.claim,
    at,
    state: 'queued',
    reason: null,
    uncertain: mail.uncertain,
    attempts: mail.attempts,
    nextAttemptAt: null,
    sentAt: null,
    to: null,
    locale: null,
    timeZone: null,
    notices: [],
    attempt: null,
    copy: null,
  }
}

/** A mail of which nothing is left to say. */
export function cancelledResult(mail: ClaimedMail, { dropped }: Confirmation, at: Date): MailResult {
  return {
    ...releasedResult(mail, at),
    state: 'cancelled',
    reason: dropped[0]?.reason ?? 'grant-missing',
    notices: dropped.map(({ noticeId, reason }) => ({ id: noticeId, state: 'dropped', reason, amount: null })),
  }
}

/** What a server's answer makes of a mail. */
export function sentResult(sending: {
  mail: ClaimedMail
  confirmation: Confirmation
  outcome: HandedOver
  moment: Moment
  /** In [0, 1): spreads the retries. */
  random: number
}): MailResult {
  const { mail, confirmation, outcome, random } = sending
  const { now, rules } = sending.moment
  const verdict = verdictOnMail(outcome)
  const attempts = mail.attempts + (isOurOwnTrouble(verdict) ? 0 : 1)
  const after = afterAttempt({
    verdict,
    attempts,
    now,
    deadline: mail.deadline,
    wasUncertain: mail.uncertain,
    onUncertain: rules.onUncertain,
    random,
  })
  return {
    ...releasedResult(mail, now),
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
    copy: outcome.copy,
  }
}

/** A mail that could not be built: its templates or its values are at fault, and the log says how. */
export function unbuiltResult(mail: ClaimedMail, at: Date): MailResult {
  const { deadline, uncertain: wasUncertain } = mail
  const attempts = mail.attempts + 1
  const after = afterUnbuilt({ attempts, now: at, deadline, wasUncertain })
  const isOver = after.state === 'failed'
  return {
    ...releasedResult(mail, at),
    ...after,
    attempts,
    reason: isOver ? 'render-error' : null,
    notices: isOver
      ? mail.notices.map(({ id }) => ({ id, state: 'failed', reason: 'render-error', amount: null }))
      : [],
    attempt: {
      outcome: isOver ? 'failed' : 'deferred',
      stage: 'build',
      replyCode: null,
      enhancedCode: null,
      reply: 'the mail could not be built; the log of that time says why',
    },
  }
}

/**
 * A server that slows us down before it knows the recipient says nothing of this mail: to keep it back longer than the
 * others would punish it for its place in the row.
 */
function verdictOnMail(outcome: SendOutcome): SmtpVerdict {
  const verdict = verdictOn(outcome)
  const isOfAnyMail = 'stage' in outcome && (outcome.stage === 'mail' || EARLY_STAGES.includes(outcome.stage))
  return verdict === 'throttled' && isOfAnyMail ? 'unreachable' : verdict
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
  'address-unsupported': 'failed',
  'policy-refused': 'deferred',
  throttled: 'deferred',
  'service-refused': 'refused-us',
  unreachable: 'refused-us',
  uncertain: 'uncertain',
} as const satisfies Record<SmtpVerdict, string>

/** A mail that comes too late was never told, and is not planned again: its next rung is. */
const NOTICE_STATE = { sent: 'sent', queued: 'planned', failed: 'failed', cancelled: 'failed' } as const

function noticeResults({ lines, dropped }: Confirmation, after: AfterAttempt): MailResult['notices'] {
  const state = NOTICE_STATE[after.state]
  const reason = 'reason' in after ? after.reason : null
  return [
    ...lines.map(({ noticeId, amount }) => ({ id: noticeId, state, reason, amount })),
    ...dropped.map(({ noticeId, reason }) => ({ id: noticeId, state: 'dropped' as const, reason, amount: null })),
  ]
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
