import { CATEGORIES, type Category } from '../domain/model.ts'
import type { MailContent } from '../mail/content.ts'
import { type Mailbox, messageIdFor, type OutgoingMessage } from '../mail/message.ts'
import type { Renderer } from '../mail/render.ts'
import { sampleContent } from './sample-mail.ts'
import { type SenderSetting, writeMessage } from './sender.ts'

/** Stands in for a reader that is not there; no such mailbox can exist (RFC 2606, 3). */
export const PLACEHOLDER_ADDRESS = 'reader@example.com'

export type PreviewSetting = Readonly<{ sender: SenderSetting; renderer: Renderer }>

export type PreviewedMail = Readonly<{ category: Category; message: OutgoingMessage }>

/** A mail as it would be sent, but for its Message-ID. */
export function previewMail({ sender, renderer }: PreviewSetting, content: MailContent, to: Mailbox): PreviewedMail {
  const { category } = content
  const messageId = messageIdFor(`preview-${category}`, sender.from.address)
  return { category, message: writeMessage(sender, renderer, { content, to, messageId }) }
}

/** Both mails, about credits that do not exist, as they would read at a time. */
export function previewSample(
  setting: PreviewSetting,
  { asOf, locale }: Readonly<{ asOf: Date; locale: string | null }>,
): readonly PreviewedMail[] {
  const { sender } = setting
  return CATEGORIES.map((category) => {
    const content = sampleContent(sender, { category, now: asOf, locale: locale ?? sender.rules.locale })
    return previewMail(setting, content, { name: content.recipient.name, address: PLACEHOLDER_ADDRESS })
  })
}
