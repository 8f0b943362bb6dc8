import { type FetchMessageObject, ImapFlow } from 'imapflow'
import type { MailboxSetting } from './imap-options.ts'
import { type MailboxTrouble, mailboxFault, mailboxTrouble } from './imap-trouble.ts'
import { readHeaderFields } from './report-fields.ts'
import { hasFormOfRequest, REQUEST_HEADERS } from './unsubscribe-mail.ts'

/** How many mails are looked at, and how many reports are read, in one question to the server. */
const MAILS_A_LOOK = 200
const REPORTS_A_PAGE = 20
/** A report says all that counts at its beginning; what is longer carries back what was sent. */
const MAX_REPORT_BYTES = 512 * 1024

export type UnreadReport = Readonly<{ uid: number; raw: Buffer }>

/** How far a mailbox was looked through: mails up to there that are still unread are none of ours. */
export type Bookmark = Readonly<{ uidValidity: bigint; uid: number }>

export type Mailbox = AsyncDisposable &
  Readonly<{
    /**
     * The unread mails that have the form of a report, or of a wish to get no more, in the order in which they came, some
     * at a time. They stay unread until they are settled; every other mail is not touched.
     */
    unreadReports: (after: Bookmark | null) => AsyncGenerator<readonly UnreadReport[]>
    /** Marks reports as read, and moves them where the setting says so: they are dealt with. */
    settle: (uids: readonly number[]) => Promise<void>
    /** How many unread mails have another form. */
    otherMails: () => number
    /** How far it has been looked through. */
    bookmark: () => Bookmark
  }>

/**
 * Opens the mailbox that bounces come to. The line is cut when the signal is given.
 *
 * @throws DependencyError, as all that is done with it, in one line that says what is wrong with the mailbox
 */
export async function openMailbox(setting: MailboxSetting, signal?: AbortSignal): Promise<Mailbox> {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw mailboxFault(error, setting)
    }
  }
  const client = clientFor(setting)
  const cut = () => client.close()
  signal?.addEventListener('abort', cut, { once: true })
  const leave = async () => {
    signal?.removeEventListener('abort', cut)
    await client.logout().catch(cut)
  }
  try {
    const uidValidity = await guarded(() => enter(client, setting))
    const seen = { others: 0, uid: 0 }
    return {
      unreadReports: (after) => unreadReports(client, { after, uidValidity, seen, guarded }),
      settle: (uids) => guarded(() => settle(client, uids, setting.moveTo)),
      otherMails: () => seen.others,
      bookmark: () => ({ uidValidity, uid: seen.uid }),
      [Symbol.asyncDispose]: leave,
    }
  } catch (error) {
    await leave()
    throw error
  }
}

/** Whether the mailbox can be opened, and its mails be marked as read: null where they can. Nothing is read or marked. */
export async function checkMailbox(setting: MailboxSetting): Promise<MailboxTrouble | null> {
  const client = clientFor(setting)
  try {
    await enter(client, setting)
    return null
  } catch (error) {
    return mailboxTrouble(error, setting)
  } finally {
    await client.logout().catch(() => client.close())
  }
}

function clientFor({ options }: MailboxSetting): ImapFlow {
  const client = new ImapFlow(options)
  // Whoever waits for an answer is told of it; without a listener, it would end the process.
  client.on('error', () => {})
  return client
}

/** Logs in and opens the folder, and sees that what is to be done with its mails can be done. */
async function enter(client: ImapFlow, { folder, moveTo }: MailboxSetting): Promise<bigint> {
  await client.connect()
  const { uidValidity, readOnly } = await client.mailboxOpen([...folder])
  if (readOnly === true) throw new Error('READ-ONLY')
  if (moveTo !== null && (await client.status([...moveTo], { messages: true })) === false) throw new Error('NO-MOVE-TO')
  return uidValidity
}

type Reading = Readonly<{
  after: Bookmark | null
  uidValidity: bigint
  seen: { others: number; uid: number }
  guarded: <T>(work: () => Promise<T>) => Promise<T>
}>

async function* unreadReports(client: ImapFlow, reading: Reading): AsyncGenerator<readonly UnreadReport[]> {
  const { after, uidValidity, seen, guarded } = reading
  // Another validity, other numbers (RFC 3501, 2.3.1.1).
  const from = after?.uidValidity === uidValidity ? after.uid : 0
  const uids = await guarded(() => searchUnread(client, from))
  seen.uid = from
  for (const look of inGroups(uids, MAILS_A_LOOK)) {
    const reports = await guarded(() => usefulAmong(client, look))
    seen.others += look.length - reports.length
    for (const page of inGroups(reports, REPORTS_A_PAGE)) yield await guarded(() => readMails(client, page))
    seen.uid = look.at(-1) ?? seen.uid
  }
}

async function searchUnread(client: ImapFlow, from: number): Promise<readonly number[]> {
  const found = await client.search({ seen: false, uid: `${from + 1}:*` }, { uid: true })
  if (!Array.isArray(found)) throw new Error('it cannot be searched')
  // `*` is the last mail, whatever the number before it (RFC 3501, 9).
  return found.filter((uid) => uid > from).toSorted((a, b) => a - b)
}

/** RFC 6522, 3: a report is a mail of this type as a whole. Told by its header, so that no other mail is fetched. */
const REPORT_TYPE = /^content-type:\s*multipart\/report\b/im

async function usefulAmong(client: ImapFlow, uids: readonly number[]): Promise<readonly number[]> {
  const query = { uid: true, internalDate: true, headers: ['content-type', ...REQUEST_HEADERS] }
  const mails = await client.fetchAll([...uids], query, { uid: true })
  return mails
    .filter(({ headers }) => headers !== undefined && isOfUse(headers))
    .toSorted((a, b) => arrivedMs(a) - arrivedMs(b) || a.uid - b.uid)
    .map(({ uid }) => uid)
}

function isOfUse(headers: Buffer): boolean {
  return REPORT_TYPE.test(headers.toString('latin1')) || hasFormOfRequest(readHeaderFields(headers.toString()))
}

/** Numbers follow the order in which a server came upon its mails: Dovecot's do not always follow that of arrival. */
function arrivedMs({ internalDate }: FetchMessageObject): number {
  return internalDate === undefined ? 0 : new Date(internalDate).getTime()
}

async function readMails(client: ImapFlow, uids: readonly number[]): Promise<readonly UnreadReport[]> {
  const source = { start: 0, maxLength: MAX_REPORT_BYTES }
  const mails = await client.fetchAll([...uids], { uid: true, source }, { uid: true })
  const rawOf = new Map(mails.map(({ uid, source: raw }) => [uid, raw]))
  return uids.flatMap((uid) => {
    const raw = rawOf.get(uid)
    return raw === undefined ? [] : [{ uid, raw }]
  })
}

async function settle(client: ImapFlow, uids: readonly number[], moveTo: readonly string[] | null): Promise<void> {
  if (uids.length === 0) return
  const isMarked = await client.messageFlagsAdd([...uids], ['\\Seen'], { uid: true })
  if (!isMarked) throw new Error('its mails cannot be marked as read')
  if (moveTo === null) return
  const moved = await client.messageMove([...uids], [...moveTo], { uid: true })
  if (!moved) throw new Error('its mails cannot be moved')
}

function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
