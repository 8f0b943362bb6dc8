import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs'
import MimeNode, { type MimeNodeHeaderValue } from 'nodemailer/lib/mime-node'
import { remembering } from '../domain/memo.ts'
import { bodyOf } from './body.ts'
import type { OutgoingMessage } from './message.ts'

const CRLF = '\r\n'

/** Encodes the values of headers, as the library would in a message of its own. */
const encoder = new MimeNode()

/**
 * The message as the server is given it (RFC 5322, lines ending in CRLF): what goes over the line, and the content of
 * an `.eml` file. The library encodes headers and parts; they are put together here, because its own streams take four
 * times as long over it.
 */
export function messageSource(message: OutgoingMessage): Buffer {
  const { from, to, replyTo, subject, messageId, date, headers, unsubscribeUrl, unsubscribeMailto } = message
  const head = [
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ownMailboxHeader('From', from),
    mailboxHeader('To', to),
    ...(replyTo === undefined ? [] : [ownMailboxHeader('Reply-To', replyTo)]),
    looksEncoded(subject) ? encodedHeader('Subject', subject) : header('Subject', subject),
    `Message-ID: ${messageId}`,
    // RFC 5322, 3.3: a zone by its name is obsolete.
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    // URLs are written as they are: encoded as words, no program would find them (RFC 2369, 2). The first is tried first.
    foldLines(`List-Unsubscribe: <${unsubscribeUrl}>${unsubscribeMailto === null ? '' : `, <${unsubscribeMailto}>`}`),
    'MIME-Version: 1.0',
  ]
  return Buffer.from(`${head.join(CRLF)}${CRLF}${bodyOf(message)}`)
}

function header(name: string, value: MimeNodeHeaderValue): string {
  return foldLines(`${name}: ${encoder.encodeHeaderValue(name, value)}`)
}

function mailboxHeader(name: string, { name: displayName, address }: OutgoingMessage['to']): string {
  if (!looksEncoded(displayName)) return header(name, { name: displayName, address })
  return encodedHeader(name, displayName, ` <${address}>`)
}

const MAX_OWN_MAILBOXES = 10

/** Of the sender, who is the same in all mails. */
const ownMailboxHeader = remembering(
  MAX_OWN_MAILBOXES,
  (header: string, { name, address }: OutgoingMessage['to']) => `${header}\n${name}\n${address}`,
  mailboxHeader,
)

/** The library leaves such text as it is, and a reader would decode what nobody encoded (RFC 2047, 6.2). */
function looksEncoded(text: string): boolean {
  return text.includes('=?')
}

const MAX_ENCODED_WORD_CHARACTERS = 52

function encodedHeader(name: string, text: string, rest = ''): string {
  return foldLines(`${name}: ${encodeWord(text, 'Q', MAX_ENCODED_WORD_CHARACTERS)}${rest}`)
}
