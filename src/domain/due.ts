import type { GrantAtStake } from './grant.ts'
import { type DatedRung, expiredDueAt, ladderOf, tightestDue } from './ladder.ts'
import { type Contact, type CreditGrant, EXPIRED_STAGE, type Stage } from './model.ts'
import type { Moment } from './reach.ts'
import type { SkipReason } from './reasons.ts'
import { policyFor, type Rules } from './rules.ts'
import { closedBy, type LedgerNotice } from './told.ts'

/** A grant at stake, seen by one contact. */
export type Prospect = Readonly<{
  grant: Pick<CreditGrant, 'id' | 'kind'>
  stake: GrantAtStake
  contact: Pick<Contact, 'id'>
  timeZone: string
}>

/** A notice that is due to one contact now. */
export type DueNotice = Readonly<{ stage: Stage; dueAt: Date }>

/** Nothing is due to the contact, and why. */
export type NothingDue = Readonly<{ reason: SkipReason }>

/** Every notice that the contact can get of this expiry, earliest first, with the time at which it is due (rules R2, R6). */
export function noticesAhead({ grant, stake, timeZone }: Prospect, rules: Rules): readonly DatedRung[] {
  const policy = policyFor(rules, grant.kind)
  const delivery = { sendAt: rules.sendAt, timeZone }
  const final = { stage: EXPIRED_STAGE, dueAt: expiredDueAt(stake.expiresAt, delivery), lengthMs: 0 }
  return [...ladderOf(policy, stake, delivery), ...(policy.notifyExpired ? [final] : [])]
}

/**
 * Which notice of a grant is due to one contact: only the tightest due rung, and only if neither it nor a tighter one
 * was told (rules R2, R3, R5, R6).
 */
export function noticeDue(
  prospect: Prospect,
  told: readonly LedgerNotice[],
  { rules, now }: Moment,
): DueNotice | NothingDue {
  const { stake } = prospect
  const isFinal = ({ stage }: DatedRung) => stage === EXPIRED_STAGE
  const ahead = noticesAhead(prospect, rules).filter((notice) => isFinal(notice) === (stake.category === 'expired'))
  if (ahead.length === 0) return { reason: 'no-rung' }
  const due = tightestDue(ahead, now)
  if (due === null) return { reason: 'not-due' }
  const about = { grantId: prospect.grant.id, contactId: prospect.contact.id, expiresAt: stake.expiresAt }
  const closed = closedBy(told, { ...about, stage: due.stage })
  return closed === null ? { stage: due.stage, dueAt: due.dueAt } : { reason: closed }
}
