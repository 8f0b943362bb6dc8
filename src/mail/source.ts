import { createTransport } from 'nodemailer'
import { compositionOf } from './composition.ts'
import type { OutgoingMessage } from './message.ts'

const writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })

/** The message as the server would be given it (RFC 5322, lines ending in CRLF): the content of an `.eml` file. */
export async function messageSource(message: OutgoingMessage): Promise<Buffer> {
  const { message: source } = await writer.sendMail(compositionOf(message))
  if (!Buffer.isBuffer(source)) throw new Error('the message was not written to a buffer')
  return source
}
