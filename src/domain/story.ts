import type { AccountFile } from './account-file.ts'
import { noticesAhead } from './due.ts'
import { accountZone, appraiseGrant, expiryOf, type GrantAtStake, startOf } from './grant.ts'
import { rungDueAt, tightestDue } from './ladder.ts'
import type { Contact, CreditGrant, Stage } from './model.ts'
import type { Moment } from './reach.ts'
import { addresseesOf, readerZone } from './reader.ts'
import type { SkipReason } from './reasons.ts'
import { policyFor } from './rules.ts'
import { closedBy, isAboutSame, type LedgerNotice } from './told.ts'

/** How one stage stands for one contact. */
export type StageStanding = Readonly<{
  stage: Stage
  dueAt: Date
  contactId: string
  timeZone: string
  standing:
    | Readonly<{ kind: 'noticed'; notice: LedgerNotice }>
    /** Due, with nothing against it: the next sweep tells it. */
    | Readonly<{ kind: 'due' }>
    | Readonly<{ kind: 'ahead' }>
    /** A tighter rung was told or has come due, and closes this one (rule R3). */
    | Readonly<{ kind: 'closed' }>
    /** The rung falls before the grant's life began, and never fires (rule R2). */
    | Readonly<{ kind: 'before-life' }>
    | Readonly<{ kind: 'not-told'; reason: SkipReason }>
}>

/** A grant's life as the program sees it at a moment. */
export type GrantStory = Readonly<{
  grant: CreditGrant
  startsAt: Date
  /** Null where it never expires. */
  expiresAt: Date | null
  /** Why nobody is told now, whatever the contact; null where something is at stake. */
  reason: SkipReason | null
  stages: readonly StageStanding[]
}>

/** Tells each stage of a grant for each contact of its account: told, due, ahead, or why not (what `explain` prints). */
export function tellStory(grant: CreditGrant, file: AccountFile, moment: Moment): GrantStory {
  const { rules } = moment
  const startsAt = startOf(grant)
  const expiresAt = expiryOf(grant, rules, accountZone(file.account, rules))
  const stake = appraiseGrant({ grant, account: file.account, moment })
  const reason = typeof stake === 'string' ? stake : null
  const stages =
    expiresAt === null || expiresAt <= startsAt
      ? []
      : addresseesOf(file.contacts).flatMap(({ contact, objection }) =>
          stagesOf({ grant, contact, startsAt, expiresAt, objection: objection ?? reason }, file, moment),
        )
  return { grant, startsAt, expiresAt, reason, stages }
}

type Subject = Readonly<{
  grant: CreditGrant
  contact: Contact
  startsAt: Date
  expiresAt: Date
  objection: SkipReason | null
}>

function stagesOf(subject: Subject, file: AccountFile, { rules, now }: Moment): readonly StageStanding[] {
  const { grant, contact, startsAt, expiresAt, objection } = subject
  const timeZone = readerZone(contact, file.account, rules)
  const category = expiresAt <= now ? 'expired' : 'warning'
  const stake: GrantAtStake = { category, startsAt, expiresAt, atStake: grant.remaining }
  const ahead = noticesAhead({ grant, stake, contact, timeZone }, rules)
  const tightest = tightestDue(ahead, now)
  const standingOf = (stage: Stage, dueAt: Date): StageStanding['standing'] => {
    const about = { grantId: grant.id, contactId: contact.id, expiresAt, stage }
    const notice = file.told.find((each) => each.stage === stage && isAboutSame(each, about))
    if (notice !== undefined) return { kind: 'noticed', notice }
    if (dueAt > now) {
      // A life that is still to begin will have begun by then; whatever else stands against a mail stands until it changes.
      const lasting = objection === 'not-yet-effective' ? null : objection
      return lasting === null ? { kind: 'ahead' } : { kind: 'not-told', reason: lasting }
    }
    if (stage !== tightest?.stage || closedBy(file.told, about) !== null) return { kind: 'closed' }
    return objection === null ? { kind: 'due' } : { kind: 'not-told', reason: objection }
  }
  const fired = ahead.map(({ stage, dueAt }) => ({
    ...{ stage, dueAt, contactId: contact.id, timeZone },
    standing: standingOf(stage, dueAt),
  }))
  const tooEarly = policyFor(rules, grant.kind)
    .rungs.filter(({ stage }) => !ahead.some((each) => each.stage === stage))
    .map((rung) => ({
      ...{ stage: rung.stage, dueAt: rungDueAt(rung, expiresAt, { sendAt: rules.sendAt, timeZone }) },
      ...{ contactId: contact.id, timeZone, standing: { kind: 'before-life' } as const },
    }))
  return [...tooEarly, ...fired]
}
