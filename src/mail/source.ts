import MimeNode from 'nodemailer/lib/mime-node'
import { encode, wrap } from 'nodemailer/lib/qp'
import type { OutgoingMessage } from './message.ts'

const CRLF = '\r\n'
/** RFC 5322, 2.1.1: no line of a message may be longer. */
const MAX_LINE_CHARACTERS = 998

/**
 * The message as the server is given it (RFC 5322, lines ending in CRLF): what goes over the line, and the content of
 * an `.eml` file. The library writes headers and encodings; put together in one go, because its own streams take four
 * times as long over it.
 */
export function messageSource(message: OutgoingMessage): Buffer {
  const root = new MimeNode('multipart/alternative')
  root.setHeader({
    ...message.headers,
    From: message.from,
    To: message.to,
    ...(message.replyTo && { 'Reply-To': message.replyTo }),
    Subject: message.subject,
    'Message-ID': message.messageId,
    Date: message.date,
    // A URL is written as it is: encoded as words, no program would find it (RFC 2369, 2).
    'List-Unsubscribe': { prepared: true, foldLines: true, value: `<${message.list.unsubscribe[0][0]}>` },
  })
  const head = root.buildHeaders()
  const delimiter = `${CRLF}--${root.boundary}`
  const parts = [partOf('text/plain', message.text), partOf('text/html', message.html)]
  const body = parts.map((part) => `${delimiter}${CRLF}${part}`).join('')
  return Buffer.from(`${head}${CRLF}${body}${delimiter}--${CRLF}`)
}

function partOf(type: string, text: string): string {
  const lines = text.replace(/\r?\n/g, CRLF)
  const [encoding, content] = isSevenBit(lines) ? ['7bit', lines] : ['quoted-printable', wrap(encode(lines))]
  return `Content-Type: ${type}; charset=utf-8${CRLF}Content-Transfer-Encoding: ${encoding}${CRLF}${CRLF}${content}`
}

/** True where the text may go as it stands (RFC 2045, 2.7): printable ASCII, in lines that are not too long. */
function isSevenBit(text: string): boolean {
  if (/[^\t\r\n\x20-\x7e]/.test(text)) return false
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(CRLF, start)
    const length = (end === -1 ? text.length : end) - start
    if (length > MAX_LINE_CHARACTERS) return false
    start += length + CRLF.length
  }
  return true
}
