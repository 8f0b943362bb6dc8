import type { AccountFile, Candidate, PlanContext } from './account-file.ts'
import { correctionStake } from './correction.ts'
import { accountZone, appraiseGrant, expiryOf } from './grant.ts'
import type { CreditGrant, UnreadableGrant } from './model.ts'
import { expiryOfInstant } from './never.ts'
import { type PlannedMail, planMails } from './plan-mails.ts'
import { isWithinReach, type Moment } from './reach.ts'
import { nearest, type SkipReason } from './reasons.ts'

export type Skip = Readonly<{
  grantId: string
  accountId: string
  reason: SkipReason
  expiresAt: Date | null
  detail: string | null
}>

/** Every candidate of the account is in exactly one of the two: in some mail, or skipped with one reason. */
export type AccountPlan = Readonly<{ mails: readonly PlannedMail[]; skips: readonly Skip[] }>

/** Decides, for one account, who is told what now, and why the rest is not (rules R1 to R7). */
export function planAccount(file: AccountFile, context: PlanContext): AccountPlan {
  const appraised = file.grants.flatMap((grant) => appraise(grant, file, context.moment))
  const candidates = appraised.filter((each) => 'stake' in each)
  const { mails, refusals } = planMails(file, candidates, context)

  const mailed = new Set(mails.flatMap((mail) => mail.notices.map((notice) => notice.grantId)))
  const unmailed = new Map(
    candidates
      .filter(
        ({ grant, stake }) => !mailed.has(grant.id) && (stake.category !== 'correction' || refusals.has(grant.id)),
      )
      .map((candidate) => [candidate.grant.id, candidate]),
  )
  return {
    mails,
    skips: [
      ...appraised.filter((each) => 'reason' in each),
      ...[...unmailed.values()].map(({ grant, stake }) => ({
        grantId: grant.id,
        accountId: file.accountId,
        reason: nearest(refusals.get(grant.id) ?? []),
        expiresAt: expiryOfInstant(stake.expiresAt),
        detail: null,
      })),
    ],
  }
}

/**
 * A grant's stake or its skip, and beside it what there is to correct; nothing of both where the grant is no candidate,
 * its expiry being out of reach and not what somebody was told.
 */
function appraise(
  grant: CreditGrant | UnreadableGrant,
  { account, accountId, told }: AccountFile,
  moment: Moment,
): readonly (Candidate | Skip)[] {
  if ('fault' in grant) {
    return [{ grantId: grant.id, accountId, reason: 'invalid-row', expiresAt: null, detail: grant.fault }]
  }
  const expiresAt = expiryOf(grant, moment.rules, accountZone(account, moment.rules))
  const toCorrect = told.length === 0 ? null : correctionStake({ grant, account, moment, expiresAt }, told)
  const corrections = toCorrect === null ? [] : [{ grant, stake: toCorrect }]
  if (expiresAt === null || !isWithinReach(expiresAt, moment)) return corrections
  const stake = appraiseGrant({ grant, account, moment })
  if (typeof stake !== 'string') return [{ grant, stake }, ...corrections]
  return [{ grantId: grant.id, accountId, reason: stake, expiresAt, detail: null }]
}
