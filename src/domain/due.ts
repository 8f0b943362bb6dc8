import type { GrantAtStake } from './grant.ts'
import { type DatedRung, expiredDueAt, ladderOf, tightestDue } from './ladder.ts'
import { type Category, type CreditGrant, EXPIRED_STAGE, type Stage } from './model.ts'
import type { Moment } from './reach.ts'
import type { SkipReason } from './reasons.ts'
import { policyFor, type Rules } from './rules.ts'
import { closedBy, type LedgerNotice, type Person, stageLengthMs } from './told.ts'

/** A grant at stake, seen by one person. */
export type Prospect = Readonly<{
  grant: Pick<CreditGrant, 'id' | 'kind'>
  stake: GrantAtStake
  person: Person
  timeZone: string
  /** Its policy spares the reader all warnings but the last, because it will be used in time (rule R13). */
  isSpared?: boolean
}>

/** A notice that is due to one contact now. */
export type DueNotice = Readonly<{ stage: Stage; dueAt: Date }>

/** Nothing is due to the contact, and why. */
export type NothingDue = Readonly<{ reason: SkipReason }>

/** Every notice that the contact can get of this expiry, earliest first, with the time at which it is due (rules R2, R6). */
export function noticesAhead({ grant, stake, timeZone }: Omit<Prospect, 'person'>, rules: Rules): readonly DatedRung[] {
  const policy = policyFor(rules, grant.kind)
  const delivery = { sendAt: rules.sendAt, timeZone }
  const final = { stage: EXPIRED_STAGE, dueAt: expiredDueAt(stake.expiresAt, delivery), lengthMs: 0 }
  return [...ladderOf(policy, stake, delivery), ...(policy.notifyExpired ? [final] : [])]
}

/** Of the notices of an expiry, those of one sort of mail: warnings, or the final notice. */
export function noticesOf(category: Category, notices: readonly DatedRung[]): readonly DatedRung[] {
  return notices.filter(({ stage }) => (stage === EXPIRED_STAGE) === (category === 'expired'))
}

/**
 * Which notice of a grant is due to one contact: only the tightest due rung, and only if neither it nor a tighter one
 * was told (rules R2, R3, R5, R6), unless it can be spared (R13).
 */
export function noticeDue(
  prospect: Prospect,
  told: readonly LedgerNotice[],
  { rules, now }: Moment,
): DueNotice | NothingDue {
  const { stake } = prospect
  const ofCategory = noticesOf(stake.category, noticesAhead(prospect, rules))
  if (ofCategory.length === 0) return { reason: 'no-rung' }
  const due = tightestDue(ofCategory, now)
  if (due === null) return { reason: 'not-due' }
  const about = { person: prospect.person, grantId: prospect.grant.id, expiresAt: stake.expiresAt }
  const closed = closedBy(told, { ...about, stage: due.stage })
  if (closed !== null) return { reason: closed }
  if (prospect.isSpared && !isLastNotice(due.stage, ofCategory)) return { reason: 'used-anyway' }
  return { stage: due.stage, dueAt: due.dueAt }
}

/** True where no tighter one is to come, of the notices of one category. */
export function isLastNotice(stage: Stage, ofCategory: readonly DatedRung[]): boolean {
  const lengthMs = stageLengthMs(stage)
  return ofCategory.every((rung) => rung.lengthMs >= lengthMs)
}
