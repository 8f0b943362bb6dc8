import { MAIL_KINDS, type MailContent, type MailKind } from '../mail/content.ts'
import { type Mailbox, messageIdFor, type OutgoingMessage } from '../mail/message.ts'
import type { Renderer } from '../mail/render.ts'
import { sampleContent } from './sample-mail.ts'
import { type SenderSetting, writeMessage } from './sender.ts'

/** Stands in for a reader that is not there; no such mailbox can exist (RFC 2606, 3). */
export const PLACEHOLDER_ADDRESS = 'reader@example.com'

export type PreviewSetting = Readonly<{ sender: SenderSetting; renderer: Renderer }>

export type PreviewedMail = Readonly<{
  kind: MailKind
  message: OutgoingMessage
  /** What mailboxes show beside the subject. */
  preheader: string
}>

/** A mail as it would be sent, but for its Message-ID. */
export function previewMail(
  { sender, renderer }: PreviewSetting,
  { kind, content, to }: Readonly<{ kind: MailKind; content: MailContent; to: Mailbox }>,
): PreviewedMail {
  const messageId = messageIdFor(`preview-${kind}`, sender.from.address)
  const { preheader } = renderer.view(content)
  return { kind, message: writeMessage(sender, renderer, { content, to, messageId }), preheader }
}

/** One of each mail, about credits that do not exist, as they would read at a time. */
export function previewSample(
  setting: PreviewSetting,
  { asOf, locale }: Readonly<{ asOf: Date; locale: string | null }>,
): readonly PreviewedMail[] {
  const { sender } = setting
  return MAIL_KINDS.map((kind) => {
    const content = sampleContent(sender, { kind, now: asOf, locale: locale ?? sender.rules.locale })
    const to = { name: content.recipient.name, address: PLACEHOLDER_ADDRESS }
    return previewMail(setting, { kind, content, to })
  })
}
