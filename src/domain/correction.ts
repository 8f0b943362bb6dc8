import { noticeDue, type Prospect } from './due.ts'
import { accountZone, appraiseGrant, expiryOf, type GrantAtStake } from './grant.ts'
import { type Account, CORRECTION_STAGE, type CreditGrant, EXPIRED_STAGE, type Stage } from './model.ts'
import { instantOfExpiry, NEVER_EXPIRES } from './never.ts'
import type { Moment } from './reach.ts'
import type { DropReason, SkipReason } from './reasons.ts'
import { policyFor } from './rules.ts'
import { isAboutSame, type LedgerNotice, type Person, reasonOf, type Subject } from './told.ts'
import { instantAt, localDateOf } from './zone.ts'

const MS_PER_MINUTE = 60_000

/** What a person was told before, and is to be corrected: that credits would expire then, or had. */
export type FormerlyTold = Readonly<{ said: 'expiring' | 'gone'; expiresAt: Date }>

/** What is left in a grant that a correction could speak of, as it stands at `now`; or why none can (rule R12). */
export function appraiseCorrection(input: {
  grant: CreditGrant
  account: Account | null
  moment: Moment
}): GrantAtStake | DropReason {
  const { grant, account, moment } = input
  if (!policyFor(moment.rules, grant.kind).notifyCorrection) return 'correction-off'
  const expiresAt = instantOfExpiry(expiryOf(grant, moment.rules, accountZone(account, moment.rules)))
  const stake = appraiseGrant({ ...input, grant: expiresAt === NEVER_EXPIRES ? { ...grant, expiresAt } : grant })
  if (expiresAt <= moment.now) return 'expired-meanwhile'
  return typeof stake === 'string' ? stake : { ...stake, category: 'correction', expiresAt }
}

/**
 * The same for a plan: null too where nobody was told of an earlier expiry of the grant that is still news, which goes
 * for most and costs little to see.
 */
export function correctionStake(
  input: Readonly<{ grant: CreditGrant; account: Account | null; moment: Moment; expiresAt: Date | null }>,
  told: readonly LedgerNotice[],
): GrantAtStake | null {
  const expiresAt = instantOfExpiry(input.expiresAt)
  const isCorrected = (notice: LedgerNotice) =>
    notice.grantId === input.grant.id && notice.state === 'sent' && corrects(expiresAt, notice, input.moment)
  if (!told.some(isCorrected)) return null
  const stake = appraiseCorrection(input)
  return typeof stake === 'string' ? null : stake
}

/**
 * What the person was last told of the grant, where its expiry is later now and that is still news; else null.
 *
 * Only the last counts. Whoever was told of 1 June, then of 8 June, knows of 8 June; told of 1 June after that, the
 * same person has 8 June to hear of again.
 */
export function formerlyTold(
  told: readonly LedgerNotice[],
  about: Subject,
  moment: Pick<Moment, 'reach'>,
): FormerlyTold | null {
  const last = lastTold(told, about)
  if (last === null || !corrects(about.expiresAt, last, moment)) return null
  return { said: last.stage === EXPIRED_STAGE ? 'gone' : 'expiring', expiresAt: last.expiresAt }
}

/**
 * True where an expiry is later than a notice says by something that its reader could see, and the notice's own is not
 * so old that nobody waits for a word about it.
 */
function corrects(expiresAt: Date, notice: LedgerNotice, { reach }: Pick<Moment, 'reach'>): boolean {
  return expiresAt.getTime() - notice.expiresAt.getTime() >= MS_PER_MINUTE && notice.expiresAt >= reach.from
}

/** Of the notices that reached the person, the last. They are in the order of planning: an older truth is not sent later (rule R8). */
function lastTold(told: readonly LedgerNotice[], { person, grantId }: Subject): LedgerNotice | null {
  const reached = told.findLast(
    (notice) => notice.state === 'sent' && isAboutSame(notice, { person, grantId, expiresAt: notice.expiresAt }),
  )
  return reached ?? null
}

/** A correction that is due to one contact now. */
export type DueCorrection = Readonly<{ stage: Stage; dueAt: Date; told: FormerlyTold }>

/**
 * Whether a correction of what one contact was told is due (rule R12); null where there is nothing to correct, or where
 * a warning that is due tells the new date itself.
 */
export function correctionDue(
  prospect: Prospect,
  told: readonly LedgerNotice[],
  moment: Moment,
): DueCorrection | Readonly<{ reason: SkipReason }> | null {
  const { grant, stake, person, timeZone } = prospect
  const about = { person, grantId: grant.id, expiresAt: stake.expiresAt }
  const former = formerlyTold(told, about, moment)
  if (former === null) return null
  if ('stage' in noticeDue({ ...prospect, stake: { ...stake, category: 'warning' } }, told, moment)) return null
  const closed = correctionClosedBy(told, about)
  if (closed !== null) return { reason: closed }
  const dueAt = correctionDueAt(moment, timeZone)
  return dueAt > moment.now ? { reason: 'not-due' } : { stage: CORRECTION_STAGE, dueAt, told: former }
}

/**
 * When a correction that is found at `now` is due: at once, or at the sending time of the reader's day. Where no sweep
 * has looked since that of the day before, then: whoever sweeps once a day, and earlier than that, would never tell it.
 */
export function correctionDueAt({ now, lookedAt, rules: { sendAt } }: Moment, timeZone: string): Date {
  if (sendAt === 'anytime') return now
  const date = localDateOf(now, timeZone)
  const today = instantAt(date, sendAt, timeZone)
  const yesterday = instantAt({ ...date, day: date.day - 1 }, sendAt, timeZone)
  return today > now && lookedAt !== null && lookedAt < yesterday ? yesterday : today
}

/**
 * Why an expiry needs no correction any more: there was one, whatever became of it, or a warning of it is under way or
 * did not get through. A warning of it that was sent, and then overtaken by another expiry, does not count.
 */
function correctionClosedBy(told: readonly LedgerNotice[], about: Subject): SkipReason | null {
  return reasonOf(
    told.filter(
      (notice) => isAboutSame(notice, about) && (notice.stage === CORRECTION_STAGE || notice.state !== 'sent'),
    ),
  )
}

/** Why a planned correction need not go out any more; or what it corrects (rules R8 and R12). */
export function confirmCorrection(
  notice: LedgerNotice,
  { person, told }: Readonly<{ person: Person; told: readonly LedgerNotice[] }>,
  moment: Moment,
): FormerlyTold | DropReason {
  const others = told.filter(({ id }) => id !== notice.id)
  const about = { person, grantId: notice.grantId, expiresAt: notice.expiresAt }
  const isUnderWay = ({ state, stage }: LedgerNotice) => state === 'planned' && stage !== CORRECTION_STAGE
  if (others.some((other) => isAboutSame(other, about) && isUnderWay(other))) return 'superseded'
  const isTold = ({ state, stage }: LedgerNotice) => state === 'sent' && stage === CORRECTION_STAGE
  if (others.some((other) => isAboutSame(other, about) && isTold(other))) return 'already-told'
  const former = formerlyTold(others, about, moment)
  if (former !== null) return former
  const last = lastTold(others, about)
  return last !== null && last.expiresAt < moment.reach.from ? 'expired-too-long-ago' : 'already-told'
}
