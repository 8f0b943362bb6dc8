import type { MailResult } from '../store/mail-results.ts'

/** What came of mails: each attempt counts once. One that is `uncertain` may have arrived, and goes out again. */
export type DeliveryCounts = Readonly<Record<'sent' | 'deferred' | 'failed' | 'cancelled' | 'uncertain', number>>

export const NO_DELIVERY: DeliveryCounts = { sent: 0, deferred: 0, failed: 0, cancelled: 0, uncertain: 0 }

export function countResults(results: readonly MailResult[]): DeliveryCounts {
  const counts = { ...NO_DELIVERY }
  for (const result of results) {
    const fate = fateOf(result)
    if (fate !== null) counts[fate] += 1
  }
  return counts
}

export function addCounts(a: DeliveryCounts, b: DeliveryCounts): DeliveryCounts {
  return {
    sent: a.sent + b.sent,
    deferred: a.deferred + b.deferred,
    failed: a.failed + b.failed,
    cancelled: a.cancelled + b.cancelled,
    uncertain: a.uncertain + b.uncertain,
  }
}

/**
 * Null for a mail that waits as before: it was given back, or not the mail was refused but we were. One that comes too
 * late failed: somebody was not told.
 */
export function fateOf({ state, reason, attempt }: MailResult): keyof DeliveryCounts | null {
  if (state === 'cancelled' && reason === 'too-late') return 'failed'
  if (state !== 'queued') return state
  if (attempt?.outcome === 'uncertain' || attempt?.outcome === 'deferred') return attempt.outcome
  return null
}
