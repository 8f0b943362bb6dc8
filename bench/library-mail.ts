import type { OutgoingMessage } from '../src/mail/message.ts'

/** A mail as nodemailer's documentation has it: its text, HTML and headers, of which the library makes the message. */
export function libraryMail({ unsubscribeUrl, ...message }: OutgoingMessage): object {
  return { ...message, list: { unsubscribe: [[unsubscribeUrl]] }, disableFileAccess: true, disableUrlAccess: true }
}
