import type { AccountFile } from '../../domain/account-file.ts'
import { stakeIn } from '../../domain/grant.ts'
import type { CreditGrant, UnreadableGrant } from '../../domain/model.ts'
import { byCodeUnit } from '../../domain/order.ts'
import type { Moment } from '../../domain/reach.ts'
import { readerZone } from '../../domain/reader.ts'
import { DROP_REASONS } from '../../domain/reasons.ts'
import { type GrantStory, type StageStanding, tellStory } from '../../domain/story.ts'
import { describeExpiry, formatAmount, untilInWords } from '../../domain/wording.ts'
import { maskAddress } from '../../mask.ts'
import type { Database } from '../../store/database.ts'
import { readFirstRows } from '../../store/first-rows.ts'
import { type Finding, notChecked, ok, warning } from './finding.ts'

const LIMITS = { grants: 5, ms: 5000 } as const
const LOCALE = 'en'

/**
 * The first rows of `billing` as they are understood, and what the rules make of them: somebody who has just described
 * tables of another make sees whether amounts, instants, zones and people came through. The ledger is not asked, so it
 * can be looked at before there is one.
 */
export async function showFirstRows(db: Database, moment: Moment): Promise<Finding> {
  const files = await readFirstRows(db, moment, LIMITS)
  if (files === null) return notChecked('rows', 'reading a few grants takes too long')
  const shown = files.flatMap((file) => file.grants.map((grant) => show(grant, file, moment)))
  if (shown.length === 0) {
    return ok('rows', 'billing.credit_grants has no rows', 'if it should have some, see what its view leaves out')
  }
  const details = shown.toSorted((a, b) => byCodeUnit(a.order, b.order)).map(({ line }) => line)
  const unfit = shown.filter(({ isUnfit }) => isUnfit).length
  const found =
    unfit === 0
      ? `as they are understood, ${count(shown.length)} and what the rules make of ${shown.length === 1 ? 'it' : 'them'}:`
      : `${unfit} of ${count(shown.length)} cannot be told of as the rows are`
  const advice = 'mend them, or what the view makes of them; dry-run names all such rows'
  return { ...(unfit === 0 ? ok('rows', found) : warning('rows', found, advice)), details }
}

type Shown = Readonly<{ order: string; line: string; isUnfit: boolean }>

function show(grant: CreditGrant | UnreadableGrant, file: AccountFile, moment: Moment): Shown {
  if ('fault' in grant) {
    return { order: '', line: `${grant.id}: its row cannot be understood: ${grant.fault}`, isUnfit: true }
  }
  const story = tellStory(grant, file, { moment, mailsToday: () => 0 })
  const owner = file.account === null ? file.accountId : `${file.account.name} (${file.accountId})`
  const what = `${grant.kind}, ${amountsOf(story, moment)}, ${expiryOf(story, file, moment)}`
  return {
    order: story.expiresAt?.toISOString() ?? 'never',
    line: `${grant.id} of ${owner}: ${what}; ${whatFollows(story, file, moment)}`,
    isUnfit: story.reason === 'no-account',
  }
}

/** `$18.00 of $20.00 left`; of what has expired, `lost`. */
function amountsOf({ grant, expiresAt }: GrantStory, { now }: Moment): string {
  const isGone = expiresAt !== null && expiresAt <= now
  const stake = formatAmount(stakeIn(grant, isGone ? 'expired' : 'warning'), grant.unit, LOCALE)
  return `${stake} of ${formatAmount(grant.amount, grant.unit, LOCALE)} ${isGone ? 'lost' : 'left'}`
}

function expiryOf({ expiresAt }: GrantStory, file: AccountFile, moment: Moment): string {
  if (expiresAt === null) return 'never expires'
  const [contact] = file.contacts
  const { rules, now } = moment
  const timeZone = contact === undefined ? rules.timeZone : readerZone(contact, file.account, rules)
  const usable = untilInWords(describeExpiry({ expiresAt, now, timeZone, locale: LOCALE }))
  return expiresAt <= now ? `was usable ${usable}` : `usable ${usable}`
}

/** What a sweep would do now, or the next one that does something, by the rules and by nobody having been told yet. */
function whatFollows({ reason, stages, expiresAt }: GrantStory, file: AccountFile, { now }: Moment): string {
  if (expiresAt === null) return 'nobody is told'
  if (reason !== null) return `nobody is told: ${DROP_REASONS[reason]} (${reason})`
  const due = stages.filter(({ standing }) => standing.kind === 'due')
  if (due.length > 0) return `${due[0]?.stage} is due now, to ${addressesOf(due, file)}`
  const ahead = stages.filter(({ standing }) => standing.kind === 'ahead')
  const next = ahead.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
  if (next === undefined) return expiresAt <= now ? 'nobody is told any more' : 'no warning is to come'
  const together = ahead.filter(({ stage }) => stage === next.stage)
  return `${next.stage} is due at ${next.dueAt.toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length)}Z, to ${addressesOf(together, file)}`
}

function addressesOf(stages: readonly StageStanding[], { contacts }: AccountFile): string {
  const asked = new Set(stages.map(({ contactId }) => contactId))
  return contacts
    .filter(({ id }) => asked.has(id))
    .map(({ email }) => maskAddress(email))
    .join(', ')
}

function count(grants: number): string {
  return `${grants} ${grants === 1 ? 'grant' : 'grants'}`
}
