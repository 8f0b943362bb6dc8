import type { AccountFile } from './account-file.ts'
import { appraiseGrant } from './grant.ts'
import { type Category, type CreditGrant, EXPIRED_STAGE } from './model.ts'
import { expiryOfInstant, NEVER_EXPIRES } from './never.ts'
import type { Moment } from './reach.ts'
import type { SkipReason } from './reasons.ts'
import { allPolicies, policyFor, type Rules } from './rules.ts'
import { isAboutSame, type LedgerNotice, type Person } from './told.ts'

/** More lines than these are not in the mail either. */
const MAX_ENTRIES = 50

/** What a mail does to one person's calendar about one grant (rule R14). */
export type CalendarEntry = Readonly<{
  grantId: string
  /** Its name; null where it has none, or is gone. */
  name: string | null
  /** Empty where the grant is gone. */
  kind: string
  /** The mail by which the person first heard of the grant: with the grant, it tells the entry from every other one. */
  firstMailId: string
  /** Rises with every mail that may say something else (RFC 5545, 3.8.7.4). */
  sequence: number
  /** When the credits expire; of one that is cancelled, as the person knows it. */
  expiresAt: Date
  /** Nothing is left that could expire: the entry is to go. */
  isCancelled: boolean
}>

/** A mail as it was confirmed, and who it is to. */
type CalendarMail = Readonly<{
  id: string
  category: Category
  person: Person
  lines: readonly Readonly<{ grant: CreditGrant; expiresAt: Date }>[]
}>

/** True where some grant's expiry goes into calendars. */
export function asksForCalendar(rules: Rules): boolean {
  return allPolicies(rules).some(({ calendar }) => calendar)
}

/**
 * What a mail's calendar files say (rule R14): its own lines, and the end of what the person was told of other grants of
 * the account that have nothing left to expire.
 *
 * The sequence is twice the number of notices that the person had about the grant before, so that it is the same at every
 * try of a mail. Between two mails about a grant there is room for a mail about others to cancel it, of which the ledger
 * keeps nothing.
 */
export function calendarOf(mail: CalendarMail, file: AccountFile, moment: Moment): readonly CalendarEntry[] {
  if (!asksForCalendar(moment.rules)) return []
  const own = mail.lines
    .slice(0, MAX_ENTRIES)
    .filter(({ grant }) => policyFor(moment.rules, grant.kind).calendar)
    .flatMap((line) => ownEntry(line, mail, file.told))
  return [...own, ...cancelledBeside(mail, file, moment)].slice(0, MAX_ENTRIES)
}

function ownEntry(
  { grant, expiresAt }: CalendarMail['lines'][number],
  { id, category, person }: CalendarMail,
  told: readonly LedgerNotice[],
): readonly CalendarEntry[] {
  const reached = told.filter((notice) => hasReached(notice, person) && notice.grantId === grant.id)
  const isCancelled = category === 'expired' || expiryOfInstant(expiresAt) === null
  const last = reached.at(-1)
  // Who was told nothing before has nothing to take out.
  if (isCancelled && last === undefined) return []
  const known = isCancelled && last !== undefined ? last.expiresAt : expiresAt
  return [
    {
      grantId: grant.id,
      name: grant.name,
      kind: grant.kind,
      firstMailId: reached[0]?.mailId ?? id,
      sequence: 2 * reached.length,
      expiresAt: known,
      isCancelled,
    },
  ]
}

function cancelledBeside(mail: CalendarMail, file: AccountFile, moment: Moment): readonly CalendarEntry[] {
  const { told = [], grants = [] } = file.announced ?? {}
  const own = new Set(mail.lines.map(({ grant }) => grant.id))
  const reached = told.filter((notice) => hasReached(notice, mail.person) && !own.has(notice.grantId))
  return [...Map.groupBy(reached, ({ grantId }) => grantId)].flatMap(([grantId, notices]): CalendarEntry[] => {
    const [first, last] = [notices[0], notices.at(-1)]
    if (first === undefined || last === undefined || !isAhead(last, moment)) return []
    const grant = grants.find(({ id }) => id === grantId)
    if (grant !== undefined && ('fault' in grant || !hasNothingToExpire(grant, file, moment))) return []
    const kind = grant?.kind ?? ''
    if (!policyFor(moment.rules, kind).calendar) return []
    return [
      {
        grantId,
        name: grant?.name ?? null,
        kind,
        firstMailId: first.mailId,
        sequence: 2 * notices.length - 1,
        expiresAt: last.expiresAt,
        isCancelled: true,
      },
    ]
  })
}

/** What is past stands in no reader's way. */
function isAhead({ stage, expiresAt }: LedgerNotice, { now }: Moment): boolean {
  return stage !== EXPIRED_STAGE && expiresAt > now && expiresAt < NEVER_EXPIRES
}

/** Of what is merely not told, or moved, the next mail about it speaks; of what moved into the past, maybe none does. */
const NOTHING_TO_EXPIRE: ReadonlySet<SkipReason> = new Set([
  'no-account',
  'account-closed',
  'voided',
  'never-expires',
  'nothing-remaining',
  'expired-too-long-ago',
  'expired-notice-off',
])

function hasNothingToExpire(grant: CreditGrant, { account }: AccountFile, moment: Moment): boolean {
  const stake = appraiseGrant({ grant, account, moment })
  return typeof stake === 'string' && NOTHING_TO_EXPIRE.has(stake)
}

function hasReached(notice: LedgerNotice, person: Person): boolean {
  const { state, grantId, expiresAt } = notice
  return state === 'sent' && isAboutSame(notice, { person, grantId, expiresAt })
}
