import { v7 as uuidv7 } from 'uuid'
import type { SendOutcome } from '../domain/smtp-verdict.ts'
import type { MailKind } from '../mail/content.ts'
import { messageIdFor } from '../mail/message.ts'
import type { SmtpTransport } from '../mail/transport.ts'
import type { PreviewSetting } from './preview.ts'
import { sampleContent } from './sample-mail.ts'
import { writeMessage } from './sender.ts'

/** Sends one sample, marked as a test in subject and body, the way that all mails go. The ledger knows nothing of it. */
export async function sendTestMail(
  { sender, renderer, transport }: PreviewSetting & Readonly<{ transport: SmtpTransport }>,
  mail: Readonly<{ to: string; kind: MailKind; locale: string | null; now: Date }>,
): Promise<SendOutcome> {
  const content = sampleContent(sender, { ...mail, locale: mail.locale ?? sender.rules.locale })
  const messageId = messageIdFor(`test-${uuidv7()}`, sender.from.address)
  const to = { name: null, address: mail.to }
  // Bare: a bounce of it is about no mail of the ledger, and the server may refuse the address all the same.
  const { returnPath } = sender
  return transport.send(
    writeMessage(sender, renderer, { content: { ...content, isTest: true }, to, messageId, returnPath }),
  )
}
