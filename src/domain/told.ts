import { nominalLengthMs, parseIsoDuration } from './duration.ts'
import { EXPIRED_STAGE, type Stage } from './model.ts'
import type { SkipReason } from './reasons.ts'

/** A notice as the ledger holds it; dropped ones count as never planned and are left out. */
export type LedgerNotice = Readonly<{
  id: string
  mailId: string
  grantId: string
  contactId: string
  expiresAt: Date
  stage: Stage
  state: 'planned' | 'sent' | 'failed' | 'discarded'
}>

/** Nominal length of a stage, to compare stages of ladders that may have changed since; the final notice is the tightest. */
export function stageLengthMs(stage: Stage): number {
  if (stage === EXPIRED_STAGE) return 0
  try {
    return nominalLengthMs(parseIsoDuration(stage))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** True where `notice` speaks of the same contact, grant and expiry instant. */
export function isAboutSame(
  notice: LedgerNotice,
  about: Readonly<{ grantId: string; contactId: string; expiresAt: Date }>,
): boolean {
  return (
    notice.grantId === about.grantId &&
    notice.contactId === about.contactId &&
    notice.expiresAt.getTime() === about.expiresAt.getTime()
  )
}

const REASON_OF_STATE = {
  sent: 'already-told',
  planned: 'awaiting-delivery',
  failed: 'delivery-failed',
  discarded: 'discarded',
} as const satisfies Record<LedgerNotice['state'], SkipReason>

/**
 * Why a stage needs no notice any more: a notice of it, or of a tighter one, is in the ledger (rules R3 and R5:
 * sending a rung closes all the wider ones). Null where it is still to be told.
 */
export function closedBy(
  told: readonly LedgerNotice[],
  about: Readonly<{ grantId: string; contactId: string; expiresAt: Date; stage: Stage }>,
): SkipReason | null {
  const length = stageLengthMs(about.stage)
  const closing = told.filter((notice) => isAboutSame(notice, about) && stageLengthMs(notice.stage) <= length)
  for (const state of ['sent', 'planned', 'failed', 'discarded'] as const) {
    if (closing.some((notice) => notice.state === state)) return REASON_OF_STATE[state]
  }
  return null
}
