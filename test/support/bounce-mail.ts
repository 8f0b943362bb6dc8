/** The parts of a bounce that a test is about; the rest is as a mail server would write it. */
export type BounceParts = Readonly<{
  /** Whom it came to: the return path of the mail. */
  to?: string
  /** Of the bounce itself. */
  messageId?: string | null
  action?: string
  status?: string
  recipient?: string
  diagnostic?: string
  /** The header of the returned mail. */
  returned?: string
  /** The whole machine's part, in place of what would be made from the above. */
  deliveryStatus?: string
}>

let count = 0

/** A mail in the form of RFC 3464, as a mail server sends it when it could not deliver one. */
export function bounceMail(parts: BounceParts = {}): string {
  const { to = 'bounces@acme.example', action = 'failed', status = '5.1.1', recipient = 'ana@example.com' } = parts
  count += 1
  const messageId = parts.messageId === undefined ? `<bounce-${count}@mx.example.net>` : parts.messageId
  const deliveryStatus =
    parts.deliveryStatus ??
    [
      'Reporting-MTA: dns; mx.example.net',
      'Arrival-Date: Mon, 25 May 2026 12:00:01 +0000 (UTC)',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      `Action: ${action}`,
      `Status: ${status}`,
      'Remote-MTA: dns; mail.example.com',
      `Diagnostic-Code: smtp; ${parts.diagnostic ?? `550 ${status} <${recipient}>: no such user here`}`,
    ].join('\n')
  return [
    'Return-Path: <>',
    `Delivered-To: ${to}`,
    'Date: Mon, 25 May 2026 12:00:02 +0000 (UTC)',
    'From: MAILER-DAEMON@mx.example.net (Mail Delivery System)',
    'Subject: Undelivered Mail Returned to Sender',
    `To: ${to}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="B0/mx.example.net"',
    ...(messageId === null ? [] : [`Message-Id: ${messageId}`]),
    '',
    'This is a MIME-encapsulated message.',
    '',
    '--B0/mx.example.net',
    'Content-Description: Notification',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `I could not deliver your mail to ${recipient}.`,
    '',
    '--B0/mx.example.net',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    deliveryStatus,
    '',
    '--B0/mx.example.net',
    'Content-Description: Undelivered Message Headers',
    'Content-Type: text/rfc822-headers',
    '',
    parts.returned ?? 'From: billing@acme.example\nSubject: Your credits',
    '',
    '--B0/mx.example.net--',
    '',
  ].join('\n')
}

/** A mail in the form of RFC 5965: a reader pressed "this is spam". */
export function complaintMail(
  parts: Readonly<{ type?: string; fields?: readonly string[]; returned?: string; messageId?: string }> = {},
): string {
  count += 1
  return [
    'From: feedback@isp.example.net',
    'To: abuse@acme.example',
    'Subject: FW: Your credits',
    `Message-Id: ${parts.messageId ?? `<complaint-${count}@isp.example.net>`}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain; charset="US-ASCII"',
    '',
    'This is an email abuse report.',
    '',
    '--part',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${parts.type ?? 'abuse'}`,
    'User-Agent: SomeGenerator/1.0',
    'Version: 1',
    ...(parts.fields ?? []),
    '',
    '--part',
    'Content-Type: message/rfc822',
    '',
    parts.returned ?? 'From: billing@acme.example\nSubject: Your credits',
    '',
    'Hello.',
    '--part--',
    '',
  ].join('\n')
}

/** Somebody who is on holiday: no report. */
export const VACATION_MAIL = [
  'From: ana@example.com',
  'To: bounces@acme.example',
  'Subject: Out of office',
  'Auto-Submitted: auto-replied',
  'Message-Id: <vacation-1@example.com>',
  'Content-Type: text/plain',
  '',
  'I am away. Final-Recipient: rfc822; ana@example.com',
  '',
].join('\n')
