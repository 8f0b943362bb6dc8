import { createHash } from 'node:crypto'
import ical, {
  ICalAlarmType,
  ICalCalendarMethod,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import { withAsciiDomain } from '../domain/address.ts'
import type { CalendarEntry } from '../domain/calendar.ts'
import { formOf } from './amounts.ts'
import type { MailContent, MailLine } from './content.ts'
import { directionOf, isolated } from './direction.ts'
import { accountNameOf, creditsNamed, lineView, namesIn } from './line-view.ts'
import type { CalendarFile, Mailbox } from './message.ts'
import { plainText } from './plain-text.ts'
import type { Words } from './render.ts'

const CRLF = '\r\n'
/** RFC 5545, 3.7.3. */
const PRODUCT = '//credit-expiry-reminders//mails//EN'
/**
 * An entry ends with the credits and begins so long before: an instant alone is shown badly, and one at midnight on the
 * day after the last one on which they can be used.
 */
const ENTRY_MS = 30 * 60_000
/** `-P1D`: the library is told it in seconds. */
const ALARM_BEFORE_SECONDS = 86_400
const MAX_ORGANIZER_CHARACTERS = 100

const FILENAMES = { PUBLISH: 'credits.ics', CANCEL: 'credits-cancelled.ics' } as const

/**
 * The calendar files of a mail (RFC 5545): what it tells or moves is published, what has nothing left to expire is
 * cancelled, each in a file of its own (RFC 5546, 3.2.1 and 3.2.5). Amounts, dates and the link are those of the mail.
 *
 * @param words those that the mail is written in
 * @param organizer the mail's sender; nobody is invited, so that nobody is asked for an answer
 */
export function calendarFiles(content: MailContent, words: Words, organizer: Mailbox): readonly CalendarFile[] {
  const { calendar = [] } = content
  if (calendar.length === 0) return []
  const { published = [], cancelled = [] } = Object.groupBy(calendar, ({ isCancelled }) =>
    isCancelled ? 'cancelled' : 'published',
  )
  const read = { ...content, locale: words.locale }
  const lines = new Map(content.lines.map((line) => [line.grantId, line]))
  return [
    ...fileOf('PUBLISH', published, (entry) => {
      const line = lines.get(entry.grantId)
      if (line === undefined) throw new Error('a calendar entry without its line')
      return { ...frameOf(entry, content.now, organizer), ...publishedIn(line, read, words) }
    }),
    ...fileOf('CANCEL', cancelled, (entry) => ({
      ...frameOf(entry, content.now, organizer),
      status: ICalEventStatus.CANCELLED,
      summary: creditsNamed(entry, words.say, namesIn(directionOf(words.language))),
    })),
  ]
}

function fileOf(
  method: CalendarFile['method'],
  entries: readonly CalendarEntry[],
  eventOf: (entry: CalendarEntry) => ICalEventData,
): readonly CalendarFile[] {
  if (entries.length === 0) return []
  const calendar = ical({
    method: ICalCalendarMethod[method],
    prodId: PRODUCT,
    events: entries.map(eventOf),
  })
  // The library leaves the last line without its end (RFC 5545, 3.1).
  return [{ method, filename: FILENAMES[method], content: `${calendar.toString()}${CRLF}` }]
}

/** What an entry is known by, and when it is. */
function frameOf(entry: CalendarEntry, now: Date, { name, address }: Mailbox): ICalEventData {
  const email = withAsciiDomain(address)
  return {
    id: uidOf(entry),
    sequence: entry.sequence,
    stamp: now,
    start: new Date(entry.expiresAt.getTime() - ENTRY_MS),
    end: entry.expiresAt,
    organizer: { name: plainText(name ?? '', MAX_ORGANIZER_CHARACTERS) || email, email },
  }
}

/**
 * The entry's name, a UUID as RFC 7986, 5.3 asks for (RFC 9562, 5.8). Made of ids of ours that are random, it says nothing
 * of grant and person, and of no setting, it stays whatever is set later.
 */
function uidOf({ firstMailId, grantId }: CalendarEntry): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([firstMailId, grantId]))
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function publishedIn(line: MailLine, content: MailContent, { say, language }: Words): Partial<ICalEventData> {
  const dir = directionOf(language)
  const nameOf = namesIn(dir)
  const { name, amount, until } = lineView(line, content, say, nameOf)
  const stake = say('stake', { form: formOf(line.unit), amount })
  const summary = say('calendar.summary', { amount: stake })
  const description = say('calendar.description', {
    account: isolated(accountNameOf(content), dir),
    sender: nameOf(content.sender.name),
  })
  return {
    summary,
    description: `${description}\n\n${name}\n${until}`,
    status: ICalEventStatus.CONFIRMED,
    // It takes nobody's time.
    transparency: ICalEventTransparency.TRANSPARENT,
    alarms: [{ type: ICalAlarmType.display, trigger: ALARM_BEFORE_SECONDS, description: summary }],
    url: content.billingUrl === null ? null : asCalendarUrl(content.billingUrl),
  }
}

/** The library escapes an address as if it were text, which an address must not be (RFC 5545, 3.3.13). */
function asCalendarUrl(url: string): string {
  return url.replaceAll(',', '%2C').replaceAll(';', '%3B').replaceAll('\\', '%5C')
}
