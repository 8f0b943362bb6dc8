import { hash } from 'node:crypto'
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import type { Report } from '../domain/report.ts'
import { readDeliveryStatus, readEnvelopeId } from './delivery-status.ts'
import { type FeedbackReport, readFeedback } from './feedback-report.ts'
import { type Fields, fieldOf, readHeaderFields } from './report-fields.ts'
import { DELIVERED_TO, mailOfReturnPath, type ReturnPath } from './return-path.ts'

/** A mail that reports on others: a bounce (RFC 3464) or a complaint (RFC 5965). */
export type ReportMail = Readonly<{
  /** What tells it from every other one: the hash of its Message-ID, or of its bytes where it has none. */
  identity: string
  /** The mail whose return path it came to, or names; null where there is none that only we can have made. */
  provenMailId: string | null
  /** The Message-ID of the mail that it returns, or whose envelope id it names, which is the same; null without either. */
  returnedMessageId: string | null
  /** One for each recipient that it speaks of. */
  reports: readonly Report[]
}>

/** Headers alone, or the whole message; RFC 6533 has its own types for those in UTF-8. */
const RETURNED = ['text/rfc822-headers', 'message/rfc822', 'message/global-headers', 'message/global']
const STATUS = ['message/delivery-status', 'message/global-delivery-status']
const FEEDBACK = ['message/feedback-report']
/** No header that counts is longer; the rest of a returned message is not looked at. */
const MAX_HEADER_BYTES = 256 * 1024

/**
 * Reads a mail from the mailbox for bounces; null where it is no report, or none that can be read. It may hold anything:
 * whoever can write to that address can write what they like.
 */
export async function readReportMail(raw: Buffer, returnPath: ReturnPath | null): Promise<ReportMail | null> {
  const mail = await parse(raw)
  // RFC 3464, 2: a report is one as a whole. What is merely attached was sent on by somebody.
  if (mail === null || !/^\s*multipart\/report\b/i.test(headerOf(mail, 'content-type'))) return null
  const status = partOf(mail, STATUS)
  const feedback = status === null ? partOf(mail, FEEDBACK) : null
  if (status === null && feedback === null) return null
  const returned = readHeaderFields(partOf(mail, RETURNED) ?? '')
  const complaint = feedback === null ? null : readFeedback(feedback)
  return {
    identity: hash('sha256', messageIdOf(headerOf(mail, 'message-id')) ?? raw, 'hex'),
    provenMailId: returnPath === null ? null : provenMail(placesOf(mail, returned, complaint), returnPath),
    returnedMessageId: messageIdOf(fieldOf(returned, 'message-id')) ?? messageIdOf(`<${readEnvelopeId(status ?? '')}>`),
    reports: complaint === null ? readDeliveryStatus(status ?? '') : [complaint.report],
  }
}

/** More than a report has that says anything; whoever sends a million short lines would hold up everything else. */
const MAX_LINES = 10_000

async function parse(raw: Buffer): Promise<Email | null> {
  try {
    return await PostalMime.parse(upToLine(raw, MAX_LINES), { forceRfc822Attachments: true })
  } catch {
    // Nested too deeply, or of nothing but headers.
    return null
  }
}

function upToLine(raw: Buffer, lines: number): Buffer {
  let end = 0
  for (let line = 0; line < lines; line += 1) {
    const next = raw.indexOf('\n', end)
    if (next === -1) return raw
    end = next + 1
  }
  return raw.subarray(0, end)
}

function headerOf({ headers }: Email, name: string): string {
  return headers.find(({ key }) => key === name)?.value ?? ''
}

function partOf({ attachments }: Email, types: readonly string[]): string | null {
  const part = attachments.find(({ mimeType }) => types.includes(mimeType))
  return part === undefined ? null : textOf(part, types === RETURNED ? MAX_HEADER_BYTES : undefined)
}

function textOf({ content }: Attachment, maxBytes?: number): string {
  if (typeof content === 'string') return content
  const bytes = ArrayBuffer.isView(content)
    ? Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    : Buffer.from(content)
  return bytes.subarray(0, maxBytes).toString()
}

/** Where a return path may stand. */
function placesOf({ headers }: Email, returned: Fields, complaint: FeedbackReport | null): readonly string[] {
  return [
    ...headers.filter(({ key }) => DELIVERED_TO.includes(key)).map(({ value }) => value),
    fieldOf(returned, 'return-path'),
    complaint?.originalMailFrom ?? '',
  ]
}

function provenMail(places: readonly string[], returnPath: ReturnPath): string | null {
  for (const place of places) {
    const mailId = mailOfReturnPath(place, returnPath)
    if (mailId !== null) return mailId
  }
  return null
}

function messageIdOf(header: string): string | null {
  return /<[^<>\s]{1,500}>/.exec(header)?.[0] ?? null
}
