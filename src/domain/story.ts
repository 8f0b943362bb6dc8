import type { AccountFile, PlanContext } from './account-file.ts'
import { appraiseCorrection, correctionDue, correctionDueAt, formerlyTold } from './correction.ts'
import { isLastNotice, noticesAhead, noticesOf } from './due.ts'
import { accountZone, appraiseGrant, expiryOf, type GrantAtStake, startOf } from './grant.ts'
import { rungDueAt, tightestDue } from './ladder.ts'
import { type Category, CORRECTION_STAGE, type CreditGrant, EXPIRED_STAGE, type Stage } from './model.ts'
import { instantOfExpiry } from './never.ts'
import { type Addressee, addresseesOf, readerZone } from './reader.ts'
import { type DropReason, nearest, type SkipReason } from './reasons.ts'
import { policyFor } from './rules.ts'
import { sparedGrants } from './spared.ts'
import { closedBy, isAboutSame, type LedgerNotice } from './told.ts'

/** How one stage stands for one contact. */
export type StageStanding = Readonly<{
  stage: Stage
  dueAt: Date
  contactId: string
  timeZone: string
  standing:
    | Readonly<{ kind: 'noticed'; notice: LedgerNotice }>
    /** Due, with nothing against it: the next sweep tells it, or where its address then has had its mails, a later one. */
    | Readonly<{ kind: 'due' }>
    | Readonly<{ kind: 'ahead' }>
    /** A tighter rung was told or has come due, and closes this one (rule R3). */
    | Readonly<{ kind: 'closed' }>
    /** Due, never told, and the credits have expired since. */
    | Readonly<{ kind: 'missed' }>
    /** The rung falls before the grant's life began, and never fires (rule R2). */
    | Readonly<{ kind: 'before-life' }>
    | Readonly<{ kind: 'not-told'; reason: DropReason }>
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

/** What a story is told from, beside the account. */
export type StoryContext = Pick<PlanContext, 'moment' | 'mailsToday'>

/** An account's grants told one after another: what of it is the same for all is worked out once. */
type Telling = StoryContext &
  Readonly<{
    account: AccountFile['account']
    addressees: readonly Addressee[]
    spared: ReadonlySet<string>
    /** What the ledger holds of the grant that is told, and maybe of others. */
    told: readonly LedgerNotice[]
  }>

/** The story of each grant of an account, by its id; those whose row cannot be understood have none. */
export function tellStories(file: AccountFile, context: StoryContext): ReadonlyMap<string, GrantStory> {
  const ofAll = tellingOf(file, context)
  const toldOf = Map.groupBy(file.told, ({ grantId }) => grantId)
  return new Map(
    file.grants.flatMap((grant) =>
      'fault' in grant ? [] : [[grant.id, storyOf(grant, { ...ofAll, told: toldOf.get(grant.id) ?? [] })] as const],
    ),
  )
}

/** Tells each stage of a grant for each contact of its account: told, due, ahead, or why not (what `explain` prints). */
export function tellStory(grant: CreditGrant, file: AccountFile, context: StoryContext): GrantStory {
  return storyOf(grant, tellingOf(file, context))
}

function tellingOf(file: AccountFile, context: StoryContext): Telling {
  const { account, contacts, told } = file
  const addressees = addresseesOf(contacts, context.moment.rules)
  return { ...context, account, told, addressees, spared: sparedGrants(file, context.moment) }
}

function storyOf(grant: CreditGrant, telling: Telling): GrantStory {
  const { account, addressees, moment } = telling
  const startsAt = startOf(grant)
  const expiresAt = expiryOf(grant, moment.rules, accountZone(account, moment.rules))
  const stake = appraiseGrant({ grant, account, moment })
  const grantReason = typeof stake === 'string' ? stake : null
  const reason = grantReason ?? unreachable(addressees, categoryNow(expiresAt, telling))
  const corrections = addressees.flatMap((addressee) => correctionOf({ grant, addressee, expiresAt }, telling))
  const isToBeCorrected = corrections.some(({ standing }) => standing.kind === 'due' || standing.kind === 'ahead')
  const stages =
    expiresAt === null || expiresAt <= startsAt
      ? []
      : addressees.flatMap((addressee) => stagesOf({ grant, addressee, startsAt, expiresAt, grantReason }, telling))
  return { grant, startsAt, expiresAt, reason: isToBeCorrected ? null : reason, stages: [...stages, ...corrections] }
}

/** Why no contact can be told of a category; null where one can. */
function unreachable(addressees: readonly Addressee[], category: Category): SkipReason | null {
  const objections = addressees.flatMap((addressee) => addressee.objections[category] ?? [])
  return objections.length === addressees.length ? nearest(objections) : null
}

/** What the grant's owner would be told of now. */
function categoryNow(expiresAt: Date | null, { moment }: StoryContext): Category {
  return expiresAt !== null && expiresAt <= moment.now ? 'expired' : 'warning'
}

type Subject = Readonly<{
  grant: CreditGrant
  addressee: Addressee
  startsAt: Date
  expiresAt: Date
  /** Why nobody is told of the grant, whatever the contact; null where something is at stake. */
  grantReason: SkipReason | null
}>

function stagesOf(subject: Subject, telling: Telling): readonly StageStanding[] {
  const { grant, addressee, startsAt, expiresAt } = subject
  const { rules, now } = telling.moment
  const { contact } = addressee
  const timeZone = readerZone(contact, telling.account, rules)
  const category = categoryNow(expiresAt, telling)
  const stake: GrantAtStake = { category, startsAt, expiresAt, atStake: grant.remaining }
  const notices = noticesAhead({ grant, stake, timeZone }, rules)
  const ofCategory = noticesOf(category, notices)
  const tightest = tightestDue(ofCategory, now)
  const isSpared = telling.spared.has(grant.id)
  const inLife = notices.map(({ stage, dueAt }) => {
    const place = { isTightest: stage === tightest?.stage, isSpared: isSpared && !isLastNotice(stage, ofCategory) }
    const standing = standingOf({ stage, dueAt, ...place }, subject, telling)
    return { stage, dueAt, contactId: contact.id, timeZone, standing }
  })
  const beforeLife = policyFor(rules, grant.kind)
    .rungs.filter(({ stage }) => !notices.some((each) => each.stage === stage))
    .map((rung) => {
      const dueAt = rungDueAt(rung, expiresAt, { sendAt: rules.sendAt, timeZone })
      return { stage: rung.stage, dueAt, contactId: contact.id, timeZone, standing: { kind: 'before-life' } as const }
    })
  return [...beforeLife, ...inLife]
}

/** How the correction of what a contact was told before stands; none where there is nothing to correct, and was not. */
function correctionOf(
  { grant, addressee, expiresAt }: Readonly<{ grant: CreditGrant; addressee: Addressee; expiresAt: Date | null }>,
  { account, told, spared, moment, mailsToday }: Telling,
): readonly StageStanding[] {
  const { rules, now } = moment
  const { contact, objections } = addressee
  const timeZone = readerZone(contact, account, rules)
  const standsAs = (dueAt: Date, standing: StageStanding['standing']) => [
    { stage: CORRECTION_STAGE, dueAt, contactId: contact.id, timeZone, standing },
  ]
  const about = { person: addressee, grantId: grant.id, expiresAt: instantOfExpiry(expiresAt) }
  const objection = objections.correction
  const notice = told.find((each) => each.stage === CORRECTION_STAGE && isAboutSame(each, about))
  if (notice !== undefined && (objection !== 'duplicate-address' || notice.contactId === contact.id)) {
    return standsAs(notice.dueAt ?? now, { kind: 'noticed', notice })
  }
  const dueAt = correctionDueAt(moment, timeZone)
  const stake = appraiseCorrection({ grant, account, moment })
  if (typeof stake === 'string') {
    const isWrong = stake !== 'expired-meanwhile' && formerlyTold(told, about, moment) !== null
    return isWrong ? standsAs(dueAt, { kind: 'not-told', reason: stake }) : []
  }
  const isSpared = spared.has(grant.id)
  const answer = correctionDue({ grant, stake, person: addressee, timeZone, isSpared }, told, moment)
  if (answer === null) return []
  if (objection !== null) return standsAs(dueAt, { kind: 'not-told', reason: objection })
  if ('stage' in answer) {
    const isLimited = mailsToday(addressee.address) >= rules.maxEmailsPerAddressPerDay
    return standsAs(dueAt, isLimited ? { kind: 'not-told', reason: 'address-limit' } : { kind: 'due' })
  }
  return standsAs(dueAt, answer.reason === 'not-due' ? { kind: 'ahead' } : { kind: 'not-told', reason: answer.reason })
}

type DatedStage = Readonly<{ stage: Stage; dueAt: Date }>

function standingOf(
  { stage, dueAt, isTightest, isSpared }: DatedStage & Readonly<{ isTightest: boolean; isSpared: boolean }>,
  { grant, addressee, expiresAt, grantReason }: Subject,
  { told, moment: { rules, now }, mailsToday }: Telling,
): StageStanding['standing'] {
  const objection = addressee.objections[stage === EXPIRED_STAGE ? 'expired' : 'warning'] ?? grantReason
  const about = { person: addressee, grantId: grant.id, expiresAt }
  // What was told to an address that several contacts have is told of the one that is written to.
  const isItsOwn = (notice: LedgerNotice) =>
    objection !== 'duplicate-address' || notice.contactId === addressee.contact.id
  const notice = told.find((each) => each.stage === stage && isAboutSame(each, about) && isItsOwn(each))
  if (notice !== undefined) return { kind: 'noticed', notice }
  if (dueAt > now) {
    // A life that is still to begin will have begun by then; whatever else stands against a mail stands until it changes.
    const lasting = objection === 'not-yet-effective' ? null : objection
    return lasting === null ? { kind: 'ahead' } : { kind: 'not-told', reason: lasting }
  }
  if (closedBy(told, { ...about, stage }) !== null) return { kind: 'closed' }
  if (stage !== EXPIRED_STAGE && expiresAt <= now) return { kind: 'missed' }
  if (!isTightest) return { kind: 'closed' }
  if (objection !== null) return { kind: 'not-told', reason: objection }
  if (isSpared) return { kind: 'not-told', reason: 'used-anyway' }
  const isLimited = mailsToday(addressee.address) >= rules.maxEmailsPerAddressPerDay
  return isLimited ? { kind: 'not-told', reason: 'address-limit' } : { kind: 'due' }
}
