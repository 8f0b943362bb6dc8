import type { InlineImage } from '../../src/mail/inline-image.ts'
import {
  buildMessage,
  type CalendarFile,
  type Mailbox,
  messageIdFor,
  type OutgoingMessage,
} from '../../src/mail/message.ts'
import type { Rendered } from '../../src/mail/render.ts'

export const ANA: Mailbox = { name: 'Ana', address: 'ana@example.com' }
export const SENDER: Mailbox = { name: 'Example Billing', address: 'billing@example.com' }
/** As long as those that are sent. */
export const UNSUBSCRIBE_URL = `https://example.com/unsubscribe/2${'Ab-_09x'.repeat(17)}`
export const RENDERED: Rendered = { subject: '$18.00 will expire', text: 'Hello,\n\nbye.\n', html: '<p>Hello</p>\n' }

/** Parts of a message that a test is about; the rest is ordinary. */
export type Given = Partial<Rendered> &
  Readonly<{
    to?: Mailbox
    from?: Mailbox
    replyTo?: Mailbox
    id?: string
    unsubscribeUrl?: string
    unsubscribeMailto?: string
    inlineImages?: readonly InlineImage[]
    calendars?: readonly CalendarFile[]
  }>

export function messageOf({ to = ANA, from = SENDER, replyTo, id = 'mail-1', ...more }: Given = {}): OutgoingMessage {
  const {
    unsubscribeUrl = UNSUBSCRIBE_URL,
    unsubscribeMailto = null,
    inlineImages = [],
    calendars = [],
    ...words
  } = more
  return buildMessage({
    messageId: messageIdFor(id, from.address),
    to,
    from,
    replyTo: replyTo ?? null,
    rendered: { ...RENDERED, ...words },
    inlineImages,
    calendars,
    stream: { kind: 'warning', locale: 'en' },
    unsubscribeUrl,
    unsubscribeMailto,
    now: new Date('2026-05-25T09:00:00Z'),
  })
}
