import type { Report, ReportKind } from '../domain/report.ts'
import { plainText } from './plain-text.ts'
import { reportedAddresses } from './report-address.ts'
import { type Fields, fieldOf, readFieldGroups } from './report-fields.ts'

/** We write to one address a mail; an alias may stand for some more. */
const MAX_RECIPIENTS = 100
const MAX_DIAGNOSTIC_CHARACTERS = 500
const STATUS = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/

/** What the actions of RFC 3464, 2.3.3 say of a mail. */
const KIND_OF_ACTION: Readonly<Record<string, ReportKind>> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'other',
  relayed: 'other',
  expanded: 'other',
}

/**
 * Reads the machine's part of a bounce (`message/delivery-status`, RFC 3464, 2): what became of the mail, recipient by
 * recipient. The action decides, and not the status code: a delay may have one of 5.y.z, a failure after days one of 4.y.z.
 */
export function readDeliveryStatus(text: string): readonly Report[] {
  // The first group is about the message as a whole, and names no recipient.
  return readFieldGroups(text)
    .filter((group) => group.has('final-recipient') || group.has('original-recipient'))
    .slice(0, MAX_RECIPIENTS)
    .map(reportOf)
}

/** The envelope id that the mail was handed over with (RFC 3464, 2.2.1); empty where the report names none. */
export function readEnvelopeId(text: string): string {
  const [first] = readFieldGroups(text)
  return first === undefined ? '' : fieldOf(first, 'original-envelope-id').trim()
}

function reportOf(group: Fields): Report {
  const action = /^[a-z]+/i.exec(fieldOf(group, 'action'))?.[0].toLowerCase() ?? ''
  const diagnostic = fieldOf(group, 'diagnostic-code').replace(/^[\w-]+[ \t]*;[ \t]*/, '')
  return {
    kind: KIND_OF_ACTION[action] ?? 'other',
    status: statusOf(fieldOf(group, 'status'), diagnostic),
    diagnostic: diagnostic === '' ? null : plainText(diagnostic, MAX_DIAGNOSTIC_CHARACTERS),
    recipients: [
      ...reportedAddresses(fieldOf(group, 'final-recipient')),
      ...reportedAddresses(fieldOf(group, 'original-recipient')),
    ],
  }
}

/**
 * The status code. Some programs always write 5.0.0, "of no known cause" (RFC 3463, 3.1), and leave the cause in the other
 * server's words: there it is the code that the server itself gave.
 */
function statusOf(field: string, diagnostic: string): string | null {
  const status = STATUS.exec(field)?.[0] ?? null
  if (status !== null && !status.endsWith('.0.0')) return status
  const given = /^[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(diagnostic)?.[1]
  return given ?? status
}
