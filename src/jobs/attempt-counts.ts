import { type SmtpVerdict, verdictOn } from '../domain/smtp-verdict.ts'
import type { Courier } from './deliver.ts'

/** How many attempts have ended in each verdict. */
export type AttemptCounts = Readonly<Record<SmtpVerdict, number>>

const NO_ATTEMPTS: AttemptCounts = {
  accepted: 0,
  deferred: 0,
  'recipient-refused': 0,
  'mail-refused': 0,
  'address-unsupported': 0,
  'policy-refused': 0,
  throttled: 0,
  'service-refused': 0,
  unreachable: 0,
  uncertain: 0,
}

/** The same sending, with a count of what the server's answers meant. */
export function countingAttempts(
  send: Courier['send'],
): Readonly<{ send: Courier['send']; counts: () => AttemptCounts }> {
  const counts = { ...NO_ATTEMPTS }
  return {
    send: async (...mail) => {
      const outcome = await send(...mail)
      counts[verdictOn(outcome)] += 1
      return outcome
    },
    counts: () => ({ ...counts }),
  }
}
