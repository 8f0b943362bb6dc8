import type { MailboxSetting } from '../mail/imap-options.ts'
import { type Bookmark, openMailbox, type UnreadReport } from '../mail/mailbox.ts'
import { readReportMail } from '../mail/report.ts'
import type { ReturnPath } from '../mail/return-path.ts'
import type { Database } from '../store/database.ts'
import { addReportCounts, type IncomingReport, NO_REPORTS, type ReportCounts, takeInReports } from './reports.ts'

/** Where bounces come to, and what tells whose they are. */
export type BounceSetting = Readonly<{ db: Database; mailbox: MailboxSetting; returnPath: ReturnPath | null }>

export type BouncesRead = Readonly<{
  reports: ReportCounts
  /** Unread mails that are no reports, or none that can be read: they were left as they are. */
  leftAlone: number
  /** How far the mailbox was looked through. */
  bookmark: Bookmark
}>

/**
 * Reads the mailbox that bounces come to, once: takes in every report, and marks it as read once it is in the ledger. A
 * process that dies in between, and two that read at once, take in some twice, which counts once.
 *
 * @throws DependencyError where the mailbox is not to be had: all that was not taken in stays unread
 */
export async function readBounces(
  { db, mailbox: setting, returnPath }: BounceSetting,
  { after, signal }: Readonly<{ after: Bookmark | null; signal: AbortSignal }>,
): Promise<BouncesRead> {
  await using mailbox = await openMailbox(setting, signal)
  let reports = NO_REPORTS
  let unreadable = 0
  for await (const page of mailbox.unreadReports(after)) {
    const read = await Promise.all(page.map((mail) => readPage(mail, returnPath)))
    const understood = read.filter(({ incoming }) => incoming.length > 0)
    const counts = await takeInReports(
      db,
      'mailbox',
      understood.flatMap(({ incoming }) => incoming),
    )
    await mailbox.settle(understood.map(({ uid }) => uid))
    reports = addReportCounts(reports, counts)
    unreadable += read.length - understood.length
  }
  return { reports, leftAlone: mailbox.otherMails() + unreadable, bookmark: mailbox.bookmark() }
}

async function readPage(
  { uid, raw }: UnreadReport,
  returnPath: ReturnPath | null,
): Promise<Readonly<{ uid: number; incoming: readonly IncomingReport[] }>> {
  const mail = await readReportMail(raw, returnPath)
  if (mail === null) return { uid, incoming: [] }
  const { identity, provenMailId, returnedMessageId: messageId } = mail
  return {
    uid,
    incoming: mail.reports.map((report) => ({ identity, provenMailId, mailId: null, messageId, report })),
  }
}
