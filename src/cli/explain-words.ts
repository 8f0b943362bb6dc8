import type { AccountFile } from '../domain/account-file.ts'
import { DROP_REASONS, FAILURE_REASONS } from '../domain/reasons.ts'
import type { ReportKind } from '../domain/report.ts'
import type { NextStep } from '../domain/what-next.ts'
import { isTimeZone } from '../domain/zone.ts'
import type { RulesThen } from '../jobs/explain/view.ts'
import { maskAddress, maskText } from '../mask.ts'
import type { AttemptRecord, NoticeRecord, ReportRecord } from '../store/grant-history.ts'
import type { OptOutRecord, SuppressionRecord } from '../store/kept-away-history.ts'
import { printable, style } from './output.ts'

export const LOCALE = 'en'

/** UTC to the minute: support compares it with logs. */
export function stamp(at: Date): string {
  return at
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d{3}Z$/, 'Z')
}

/** A time as a reader's clock shows it, and in UTC: `Fri 29 May 2026, 14:00 CEST (2026-05-29 12:00Z)`. */
function readerTime(at: Date, timeZone: string): string {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC'
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ calendar: 'gregory', timeZone: zone, hourCycle: 'h23', timeZoneName: 'short' },
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const { weekday, day, month, year, hour, minute, timeZoneName } = part
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${timeZoneName} (${stamp(at)})`
}

/** A contact of an account by masked address and id; by id alone where the account has it no more. */
export function whoOf(contactId: string, { contacts }: Pick<AccountFile, 'contacts'>): string {
  const contact = contacts.find(({ id }) => id === contactId)
  return contact === undefined
    ? printable(contactId)
    : `${printable(maskAddress(contact.email))} (${printable(contactId)})`
}

/** A server's words. They may name the recipient. */
export function quoted(reply: string): string {
  return printable(maskText(reply))
}

const REASONS: Readonly<Record<string, string>> = { ...DROP_REASONS, ...FAILURE_REASONS }

/** A reason in words and by its name; a version of before may have had others. */
export function reasonText(reason: string): string {
  return `${REASONS[reason] ?? 'for a reason of another version'} (${reason})`
}

export function whyOf(reason: string | null): string {
  return reason === null ? '' : `, ${reasonText(reason)}`
}

/** How a try ended, and where in the SMTP dialogue. */
export function attemptText({ outcome, stage, reply }: AttemptRecord): string {
  const place = outcome === 'sent' ? '' : ` at ${stage}`
  return `${outcome}${place}, ${quoted(reply)}`
}

const REPORT_WORDS = {
  failed: 'a bounce came back, it was not delivered',
  delayed: 'a report came back, it is delayed on its way',
  complaint: 'its reader complained of it as unwanted',
  other: 'a report came back that tells of no failure',
} as const satisfies Record<ReportKind, string>

/** What came back. The other server's words may be anything. */
export function reportText({ kind, status, diagnostic }: ReportRecord): string {
  const code = status === null ? '' : ` (${printable(status)})`
  const words = `${REPORT_WORDS[kind]}${code}`
  const said = diagnostic === null ? '' : `, ${quoted(diagnostic)}`
  return `${kind === 'delayed' || kind === 'other' ? words : style('yellow', words)}${said}`
}

const KEPT = { all: 'mail', warnings: 'warnings' } as const

/** Why no mail goes to an address, since when and by whom; or went until it was taken off the list. */
export function suppressionText(who: string, record: SuppressionRecord): string {
  const { scope, reason, createdAt, liftedAt } = record
  const by = printable(maskText(record.source))
  return liftedAt === null
    ? `No ${KEPT[scope]} to ${who}: on the suppression list since ${stamp(createdAt)}, ${reason}, by ${by}.`
    : `No ${KEPT[scope]} to ${who} from ${stamp(createdAt)} to ${stamp(liftedAt)}: then on the suppression list, ${reason}, by ${by}.`
}

/** What was asked for an account, and since when; or until it was taken back. */
export function optOutText(who: string, about: string, { scope, source, createdAt, liftedAt }: OptOutRecord): string {
  const what = `No ${KEPT[scope]} to ${who} about ${about}`
  return liftedAt === null
    ? `${what}: asked for at ${stamp(createdAt)}, by ${source}.`
    : `${what} from ${stamp(createdAt)} to ${stamp(liftedAt)}: asked for by ${source}.`
}

/** What comes next for one contact, without whom; `mail` is the one that waits, if one does. */
export function nextText(step: NextStep, mail: NoticeRecord['mail'] | null): string {
  switch (step.kind) {
    case 'mail':
      return step.isDue
        ? `${step.stage}, due since ${readerTime(step.dueAt, step.timeZone)}: the next sweep sends it`
        : `${step.stage}, due ${readerTime(step.dueAt, step.timeZone)}`
    case 'waiting': {
      const id = mail?.sweepId ?? ''
      if (step.isHeld) return `${step.stage} is planned and waits for a person: approve ${id}, or discard ${id}`
      const isTried = mail !== null && mail.attempts.length > 0
      return `${step.stage} is planned, and its mail waits ${isTried ? 'for another try' : 'for delivery'}`
    }
    case 'nothing':
      return step.reason === null ? 'nothing more: it is the last stage' : `nothing more: ${reasonText(step.reason)}`
  }
}

/** By which rules the story is told, where that is not plain. */
export function rulesLines(
  { from, since, hash, differing, isUnreadable }: RulesThen,
  isPast: boolean,
): readonly string[] {
  const id = hash.slice(0, 12)
  if (isUnreadable) return ['The rules kept then are of another version and cannot be read: told by those of now.']
  if (from === 'file') {
    if (isPast) return ['No sweep had run by then: told by the rules of now.']
    return differing.length === 0
      ? []
      : [`The latest sweep went by other rules than the file has now: ${differing.join(', ')} changed.`]
  }
  const today = differing.length === 0 ? 'they are those of now' : `since then ${differing.join(', ')} changed`
  return [
    `Rules then in force: ${id}, since the sweep of ${since === null ? 'an unknown time' : stamp(since)}; ${today}.`,
  ]
}
