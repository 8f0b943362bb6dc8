import type { MailResult } from '../store/outbox.ts'

/** What came of mails: each attempt counts once. One that is `uncertain` may have arrived, and goes out again. */
export type DeliveryCounts = Readonly<Record<'sent' | 'deferred' | 'failed' | 'cancelled' | 'uncertain', number>>

export const NO_DELIVERY: DeliveryCounts = { sent: 0, deferred: 0, failed: 0, cancelled: 0, uncertain: 0 }

export function countResults(results: readonly MailResult[]): DeliveryCounts {
  const counts = { ...NO_DELIVERY }
  for (const result of results) counts[fateOf(result)] += 1
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

function fateOf({ state, attempt }: MailResult): keyof DeliveryCounts {
  if (state !== 'queued') return state
  return attempt?.outcome === 'uncertain' ? 'uncertain' : 'deferred'
}
