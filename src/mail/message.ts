import { withAsciiDomain } from '../domain/address.ts'
import type { MailKind } from './content.ts'
import type { InlineImage } from './inline-image.ts'
import { plainText } from './plain-text.ts'
import type { Rendered } from './render.ts'

export type Mailbox = Readonly<{ name: string | null; address: string }>

/** A calendar file that is attached to a mail (RFC 5545). What is added or moved, and what is cancelled, are two (RFC 5546, 3.2). */
export type CalendarFile = Readonly<{
  method: 'PUBLISH' | 'CANCEL'
  /** In ASCII, without quotes. */
  filename: string
  /** Lines ending in CRLF, the last one too. */
  content: string
}>

/** A finished mail, as the transport takes it. */
export type OutgoingMessage = Readonly<{
  envelope: Readonly<{ from: string; to: string }>
  from: Readonly<{ name: string; address: string }>
  to: Readonly<{ name: string; address: string }>
  replyTo?: Readonly<{ name: string; address: string }>
  subject: string
  text: string
  html: string
  /** Pictures that the page shows. */
  inlineImages?: readonly InlineImage[]
  calendars?: readonly CalendarFile[]
  date: Date
  messageId: string
  /** Further ones, of one line each and in ASCII. */
  headers: Readonly<Record<string, string>>
  unsubscribeUrl: string
  /** The same by mail, where such mails are read; null where they are not. */
  unsubscribeMailto: string | null
}>

/** The Message-ID of a mail: made from the mail's own id, so that every try carries the same (RFC 5322, 3.6.4). */
export function messageIdFor(mailId: string, fromAddress: string): string {
  const address = withAsciiDomain(fromAddress)
  return `<${mailId}${address.slice(address.lastIndexOf('@'))}>`
}

/** Names this program's mails to who counts complaints; Gmail wants 5 to 15 characters. */
const FEEDBACK_SENDER = 'credit-expiry'

/**
 * The stream of mails that one belongs to, for those who count complaints by it (Gmail's Feedback-ID, `a:b:c:SenderId`):
 * which mail, in which language. Nothing of whom it is to.
 */
function feedbackIdOf({ kind, locale }: Stream): string {
  const [language = ''] = /^[a-z]{1,8}/i.exec(locale) ?? []
  return `${kind}:${language}:${FEEDBACK_SENDER}`
}

type Stream = Readonly<{ kind: MailKind; locale: string }>

/**
 * Puts a rendered mail into headers and envelope. One recipient a message. The addresses are set as objects, never as
 * text: in text, a line break or a comma of a name would change who gets the mail.
 */
export function buildMessage(mail: {
  messageId: string
  /** Where bounces go; without one, to the sender. */
  returnPath?: string | null
  to: Mailbox
  from: Mailbox
  replyTo: Mailbox | null
  rendered: Rendered
  inlineImages?: readonly InlineImage[]
  calendars?: readonly CalendarFile[]
  stream: Stream
  unsubscribeUrl: string
  unsubscribeMailto?: string | null
  now: Date
}): OutgoingMessage {
  const to = { name: displayName(mail.to.name), address: withAsciiDomain(mail.to.address) }
  return {
    envelope: { from: mail.returnPath ?? mail.from.address, to: to.address },
    from: withName(mail.from),
    to,
    ...(mail.replyTo !== null && { replyTo: withName(mail.replyTo) }),
    subject: mail.rendered.subject,
    text: mail.rendered.text,
    html: mail.rendered.html,
    inlineImages: mail.inlineImages ?? [],
    calendars: mail.calendars ?? [],
    date: mail.now,
    messageId: mail.messageId,
    headers: {
      // RFC 3834, 5: vacation responders stay silent.
      'Auto-Submitted': 'auto-generated',
      // RFC 8058, 3.1.
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Feedback-ID': feedbackIdOf(mail.stream),
    },
    unsubscribeUrl: mail.unsubscribeUrl,
    unsubscribeMailto: mail.unsubscribeMailto ?? null,
  }
}

function withName({ name, address }: Mailbox): { name: string; address: string } {
  return { name: displayName(name), address }
}

const MAX_NAME_CHARACTERS = 100

/** A display name that can neither break a header nor turn its direction. */
function displayName(name: string | null): string {
  return plainText(name ?? '', MAX_NAME_CHARACTERS)
}
