import type { Report } from '../domain/report.ts'
import { plainText } from './plain-text.ts'
import { reportedAddresses } from './report-address.ts'
import { fieldOf, readFieldGroups } from './report-fields.ts'

/** Of the registered types (RFC 5965, 7.3), those by which a reader calls a mail unwanted. `not-spam` takes nothing back. */
const COMPLAINTS = ['abuse', 'fraud']
const MAX_TYPE_CHARACTERS = 100

export type FeedbackReport = Readonly<{
  report: Report
  /** The envelope sender of the mail complained of; empty where it is not told. */
  originalMailFrom: string
}>

/** Reads the machine's part of a complaint (`message/feedback-report`, RFC 5965, 3). */
export function readFeedback(text: string): FeedbackReport {
  const [fields = new Map()] = readFieldGroups(text)
  const type = fieldOf(fields, 'feedback-type').toLowerCase()
  const recipient = fieldOf(fields, 'original-rcpt-to')
  return {
    originalMailFrom: fieldOf(fields, 'original-mail-from'),
    report: {
      kind: COMPLAINTS.includes(type) ? 'complaint' : 'other',
      status: null,
      diagnostic: type === '' ? null : plainText(type, MAX_TYPE_CHARACTERS),
      recipients: reportedAddresses(recipient),
    },
  }
}
