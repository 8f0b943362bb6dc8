import type { SuppressionScope } from '../domain/model.ts'
import type { MailboxSetting } from '../mail/imap-options.ts'
import { type Bookmark, openMailbox, type UnreadReport } from '../mail/mailbox.ts'
import { readReportMail } from '../mail/report.ts'
import type { ReturnPath } from '../mail/return-path.ts'
import { readUnsubscribeMail, type UnsubscribeRequest } from '../mail/unsubscribe-mail.ts'
import type { Database } from '../store/database.ts'
import { findTarget, type OptOutTarget, optOut } from '../store/opt-outs.ts'
import { addReportCounts, type IncomingReport, NO_REPORTS, type ReportCounts, takeInReports } from './reports.ts'

/** Where bounces come to, and what tells whose they are. */
export type BounceSetting = Readonly<{
  db: Database
  mailbox: MailboxSetting
  returnPath: ReturnPath | null
  /** What tells whose wish a mail is that asks for no more. */
  linkSecrets: readonly string[]
  /** What such a mail stops, as one click on the link does. */
  unsubscribeStops: SuppressionScope
}>

export type BouncesRead = Readonly<{
  reports: ReportCounts
  /** Mails of readers who asked for no more, by a link of ours. */
  unsubscribed: number
  /** Unread mails that are neither, or cannot be read: they were left as they are. */
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
  bounces: BounceSetting,
  { after, signal }: Readonly<{ after: Bookmark | null; signal: AbortSignal }>,
): Promise<BouncesRead> {
  const { db } = bounces
  await using mailbox = await openMailbox(bounces.mailbox, signal)
  let reports = NO_REPORTS
  let unsubscribed = 0
  let unreadable = 0
  for await (const page of mailbox.unreadReports(after)) {
    const read = await Promise.all(page.map((mail) => readPage(mail, bounces)))
    const understood = read.filter(({ incoming, request }) => incoming.length > 0 || request !== null)
    const requests = understood.flatMap(({ request }) => request ?? [])
    for (const request of requests) await takeIn(request, bounces)
    const counts = await takeInReports(
      db,
      'mailbox',
      understood.flatMap(({ incoming }) => incoming),
    )
    await mailbox.settle(understood.map(({ uid }) => uid))
    reports = addReportCounts(reports, counts)
    unsubscribed += requests.length
    unreadable += read.length - understood.length
  }
  return { reports, unsubscribed, leftAlone: mailbox.otherMails() + unreadable, bookmark: mailbox.bookmark() }
}

/** A mail that the ledger does not hold (restored from before) asks for what nobody would send any more. */
async function takeIn(request: UnsubscribeRequest, { db, unsubscribeStops: scope }: BounceSetting): Promise<void> {
  const target: OptOutTarget | null = 'target' in request ? request.target : await findTarget(db, request.mailId)
  if (target !== null) await optOut(db, target, { reach: 'address', scope, source: 'mail' })
}

type ReadMail = Readonly<{ uid: number; incoming: readonly IncomingReport[]; request: UnsubscribeRequest | null }>

async function readPage(
  { uid, raw }: UnreadReport,
  { returnPath, linkSecrets }: Pick<BounceSetting, 'returnPath' | 'linkSecrets'>,
): Promise<ReadMail> {
  const mail = await readReportMail(raw, returnPath)
  if (mail === null) return { uid, incoming: [], request: readUnsubscribeMail(raw, { linkSecrets, returnPath }) }
  const { identity, provenMailId, returnedMessageId: messageId } = mail
  return {
    uid,
    request: null,
    incoming: mail.reports.map((report) => ({ identity, provenMailId, mailId: null, messageId, report })),
  }
}
