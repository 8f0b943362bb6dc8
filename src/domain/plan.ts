import type { AccountFile, Candidate, PlanContext } from './account-file.ts'
import { accountZone, appraiseGrant, expiryOf } from './grant.ts'
import type { CreditGrant, UnreadableGrant } from './model.ts'
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
  const appraised = file.grants.map((grant) => appraise(grant, file, context.moment)).filter((each) => each !== null)
  const candidates = appraised.filter((each) => 'stake' in each)
  const { mails, refusals } = planMails(file, candidates, context)

  const mailed = new Set(mails.flatMap((mail) => mail.notices.map((notice) => notice.grantId)))
  const unmailed = candidates.filter(({ grant }) => !mailed.has(grant.id))
  return {
    mails,
    skips: [
      ...appraised.filter((each) => 'reason' in each),
      ...unmailed.map(({ grant, stake }) => ({
        grantId: grant.id,
        accountId: file.accountId,
        reason: nearest(refusals.get(grant.id) ?? []),
        expiresAt: stake.expiresAt,
        detail: null,
      })),
    ],
  }
}

/** A grant's stake or its skip; null where the grant is no candidate, its expiry being out of reach. */
function appraise(
  grant: CreditGrant | UnreadableGrant,
  { account, accountId }: AccountFile,
  moment: Moment,
): Candidate | Skip | null {
  if ('fault' in grant) {
    return { grantId: grant.id, accountId, reason: 'invalid-row', expiresAt: null, detail: grant.fault }
  }
  const expiresAt = expiryOf(grant, moment.rules, accountZone(account, moment.rules))
  if (expiresAt === null || !isWithinReach(expiresAt, moment)) return null
  const stake = appraiseGrant({ grant, account, moment })
  if (typeof stake !== 'string') return { grant, stake }
  return { grantId: grant.id, accountId, reason: stake, expiresAt, detail: null }
}
