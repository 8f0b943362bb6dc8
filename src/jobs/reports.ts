import { hash } from 'node:crypto'
import { consequenceOf, type Report, type ReportKind } from '../domain/report.ts'
import { FORGOTTEN } from '../domain/retention.ts'
import { maskText } from '../mask.ts'
import { addressHash } from '../store/address-hash.ts'
import type { Database } from '../store/database.ts'
import { findMails, keepReports, type NewReport, type ReportEntry, type SentMail } from '../store/reports.ts'

/** A report with all that may tell which mail it is about, whichever way it came. */
export type IncomingReport = Readonly<{
  /** What it is known by at its source, so that it counts once. */
  identity: string
  /** The mail that a return path names which only we can have made. */
  provenMailId: string | null
  /** The mail that it names itself, by id or by Message-ID: whoever sent it may be wrong. */
  mailId: string | null
  messageId: string | null
  report: Report
}>

/** How many reports said what; `unknown` are about no mail of ours, `repeated` had been taken in before. */
export type ReportCounts = Readonly<
  Record<ReportKind, number> & { unknown: number; repeated: number; suppressed: number }
>

export const NO_REPORTS: ReportCounts = {
  failed: 0,
  delayed: 0,
  complaint: 0,
  other: 0,
  unknown: 0,
  repeated: 0,
  suppressed: 0,
}

/** Takes in what came back: finds the mails that it is about, keeps it, and suppresses the addresses that are no good. */
export async function takeInReports(
  db: Database,
  source: NewReport['source'],
  reports: readonly IncomingReport[],
): Promise<ReportCounts> {
  const mails = await findMails(db, [...new Set(reports.flatMap((each) => mailIdOf(each) ?? []))])
  const entries = reports.map((report) => entryOf(source, report, mails))
  const { newKeys, suppressed } = await keepReports(db, entries)
  const fresh = [...new Map(entries.map((entry) => [entry.report.key, entry])).values()].filter(({ report }) =>
    newKeys.has(report.key),
  )
  const countOf = (kind: ReportKind) => fresh.filter(({ report }) => report.kind === kind).length
  return {
    failed: countOf('failed'),
    delayed: countOf('delayed'),
    complaint: countOf('complaint'),
    other: countOf('other'),
    unknown: fresh.filter(({ report }) => report.mailId === null).length,
    repeated: entries.length - fresh.length,
    suppressed,
  }
}

export function addReportCounts(a: ReportCounts, b: ReportCounts): ReportCounts {
  return {
    failed: a.failed + b.failed,
    delayed: a.delayed + b.delayed,
    complaint: a.complaint + b.complaint,
    other: a.other + b.other,
    unknown: a.unknown + b.unknown,
    repeated: a.repeated + b.repeated,
    suppressed: a.suppressed + b.suppressed,
  }
}

const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}'
/** A Message-ID of ours begins with the mail's own id. */
const OUR_MESSAGE_ID = new RegExp(`^<(${UUID})@[^<>@]+>$`, 'i')

function mailIdOf({ provenMailId, mailId, messageId }: IncomingReport): string | null {
  return provenMailId ?? mailId ?? OUR_MESSAGE_ID.exec(messageId ?? '')?.[1]?.toLowerCase() ?? null
}

function entryOf(
  source: NewReport['source'],
  incoming: IncomingReport,
  mails: ReadonlyMap<string, SentMail>,
): ReportEntry {
  const { identity, report } = incoming
  const mail = mailOf(incoming, mails)
  const isProven = incoming.provenMailId !== null
  const consequence = consequenceOf(report, mail === null ? null : { address: mail.address, isProven })
  const [named] = report.recipients
  // What comes back about a mail whose address was forgotten does not bring it back.
  const isForgotten = mail?.address === FORGOTTEN
  return {
    report: {
      key: hash('sha256', `${source}\n${identity}\n${named ?? ''}`, 'hex'),
      mailId: mail?.id ?? null,
      addressHash: isForgotten ? null : named === undefined ? (mail?.addressHash ?? null) : addressHash(named),
      kind: report.kind,
      status: report.status,
      diagnostic: isForgotten || report.diagnostic === null ? null : maskText(report.diagnostic),
      source,
    },
    // A complaint is of the day on which it is made; a bounce, of the day on which its mail was sent.
    newsSince: consequence === 'bounced' ? (mail?.sentAt ?? null) : null,
    suppression:
      mail === null || isForgotten || consequence === null
        ? null
        : {
            addressHash: mail.addressHash,
            reason: consequence,
            scope: consequence === 'complaint' ? 'warnings' : 'all',
            source: `mail ${mail.id}`,
          },
  }
}

/** The mail that it is about. One that is named by a Message-ID must have that Message-ID, host and all. */
function mailOf(incoming: IncomingReport, mails: ReadonlyMap<string, SentMail>): SentMail | null {
  const mail = mails.get(mailIdOf(incoming) ?? '') ?? null
  const isByMessageId = incoming.provenMailId === null && incoming.mailId === null
  return isByMessageId && mail?.messageId.toLowerCase() !== incoming.messageId?.toLowerCase() ? null : mail
}
