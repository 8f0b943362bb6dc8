import { hash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Dkim } from '../config/dkim.ts'
import { relaxedBody, relaxedHeader, relaxedHeaders } from './dkim-relaxed.ts'

/** Puts a signature above a finished message. */
export type Sign = (source: Buffer) => Promise<Buffer>

/**
 * Headers that nobody may add another of: each is named once more than it is there, so that one more breaks the signature
 * (RFC 6376, 5.4.2 and 8.15). RFC 8058, 4: one-click counts only where both headers of it are signed.
 */
const GUARDED = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'Reply-To', 'MIME-Version', 'Content-Type'],
  ...['List-Unsubscribe', 'List-Unsubscribe-Post'],
]
/** Headers that a relay may rightly add one of its own of. */
const COVERED = ['Auto-Submitted', 'Feedback-ID']

const CRLF = '\r\n'
/** Of base64 in a line: no line becomes longer than the 78 characters that RFC 5322, 2.1.1 asks for. */
const SIGNATURE_LINE = /.{1,72}/g

/** On a thread of Node's own pool: it takes longer than all else that is done about a mail. */
const signOffThread = promisify<string, Buffer, KeyObject, Buffer>(sign)

/**
 * Signs messages by RFC 6376 with RSA and SHA-256, headers and body in relaxed form: what relays do to white space breaks
 * nothing. Why by code of our own: docs/decisions/0029-dkim.md.
 */
export function signerFor({ privateKey, selector, domain }: Dkim): Sign {
  return async (source) => {
    const endOfHead = source.indexOf(`${CRLF}${CRLF}`) + CRLF.length
    const headers = relaxedHeaders(source.toString('latin1', 0, endOfHead))
    const names = [...GUARDED, ...[...GUARDED, ...COVERED].filter((name) => headers.has(name.toLowerCase()))]
    const bodyHash = hash('sha256', relaxedBody(source.subarray(endOfHead + CRLF.length)), 'base64')
    const unsigned = [
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=${selector};`,
      ` h=${names.join(`:${CRLF} `)};`,
      ` bh=${bodyHash};`,
      ' b=',
    ].join(CRLF)
    // A name that is left over when its header is used up stands for nothing.
    const covered = [...new Set(names)].flatMap((name) => headers.get(name.toLowerCase()) ?? [])
    const signed = [...covered, relaxedHeader(unsigned)].join(CRLF)
    const signature = await signOffThread('sha256', Buffer.from(signed, 'latin1'), privateKey)
    const lines = signature.toString('base64').match(SIGNATURE_LINE) ?? []
    return Buffer.concat([Buffer.from(`${unsigned}${lines.join(`${CRLF} `)}${CRLF}`), source])
  }
}
