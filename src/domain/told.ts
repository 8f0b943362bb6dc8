import { nominalLengthMs, parseIsoDuration } from './duration.ts'
import { remembering } from './memo.ts'
import { CORRECTION_STAGE, EXPIRED_STAGE, type Stage } from './model.ts'
import type { SkipReason } from './reasons.ts'

/** A notice as the ledger holds it; dropped ones count as never planned and are left out. */
export type LedgerNotice = Readonly<{
  id: string
  mailId: string
  grantId: string
  contactId: string
  /** Where its mail goes or went, normalised. */
  address: string
  expiresAt: Date
  stage: Stage
  /** `held`: planned by a sweep that waits for a person's approval. */
  state: 'planned' | 'held' | 'sent' | 'failed' | 'discarded'
  /** When it was due, where its whole story is read. */
  dueAt?: Date
}>

/** A person, whichever rows stand for them: the contacts of an account that have one address, normalised. */
export type Person = Readonly<{ contactIds: readonly string[]; address: string }>

/** What a notice can be about. */
export type Subject = Readonly<{ person: Person; grantId: string; expiresAt: Date }>

/** A ledger has the few that its rules ever had. */
const MAX_STAGES = 500

/**
 * Nominal length of a stage, to compare stages of ladders that may have changed since. The final notice is the tightest;
 * a correction is wider than any rung, which it never closes.
 */
export const stageLengthMs = remembering(
  MAX_STAGES,
  (stage: Stage) => stage,
  (stage) => {
    if (stage === EXPIRED_STAGE) return 0
    if (stage === CORRECTION_STAGE) return Number.POSITIVE_INFINITY
    try {
      return nominalLengthMs(parseIsoDuration(stage))
    } catch {
      return Number.POSITIVE_INFINITY
    }
  },
)

/**
 * True where `notice` speaks to the same person of the same grant and expiry instant: to a contact whose address has
 * changed since, and to an address that another contact has now.
 */
export function isAboutSame(notice: LedgerNotice, { person, grantId, expiresAt }: Subject): boolean {
  return (
    notice.grantId === grantId &&
    notice.expiresAt.getTime() === expiresAt.getTime() &&
    (person.contactIds.includes(notice.contactId) || notice.address === person.address)
  )
}

const REASON_OF_STATE = {
  sent: 'already-told',
  planned: 'awaiting-delivery',
  held: 'awaiting-delivery',
  failed: 'delivery-failed',
  discarded: 'discarded',
} as const satisfies Record<LedgerNotice['state'], SkipReason>

/**
 * Why a stage needs no notice any more: a notice of it, or of a tighter one, is in the ledger (rules R3 and R5:
 * sending a rung closes all the wider ones). Null where it is still to be told.
 */
export function closedBy(
  told: readonly LedgerNotice[],
  about: Subject & Readonly<{ stage: Stage }>,
): SkipReason | null {
  const length = stageLengthMs(about.stage)
  return reasonOf(told.filter((notice) => isAboutSame(notice, about) && stageLengthMs(notice.stage) <= length))
}

/** The reason that notices give for no further one: what came furthest counts. Null where there are none. */
export function reasonOf(closing: readonly LedgerNotice[]): SkipReason | null {
  for (const state of ['sent', 'planned', 'held', 'failed', 'discarded'] as const) {
    if (closing.some((notice) => notice.state === state)) return REASON_OF_STATE[state]
  }
  return null
}
