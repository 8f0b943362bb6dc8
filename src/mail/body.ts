import { randomUUID } from 'node:crypto'
import type { InlineImage } from './inline-image.ts'
import type { CalendarFile, OutgoingMessage } from './message.ts'
import { quotedPrintable } from './quoted-printable.ts'

const CRLF = '\r\n'
/** RFC 5322, 2.1.1: no line of a message may be longer. */
const MAX_LINE_CHARACTERS = 998
/** RFC 2045, 6.8: of base64, no line may be longer. */
const BASE64_LINE = /.{1,76}/g

/**
 * The body of a message, from its Content-Type on, with no more levels than it has parts for (RFC 2046, 5.1; RFC 2387):
 * `mixed(alternative(text, related(html, images)), calendar files)`. A picture stands beside the page that shows it, so
 * that whoever reads the text is offered none.
 */
export function bodyOf({ text, html, inlineImages = [], calendars = [] }: OutgoingMessage): string {
  const page = textPart('text/html', html)
  const shown =
    inlineImages.length === 0 ? page : multipart('related; type="text/html"', [page, ...inlineImages.map(imagePart)])
  const words = multipart('alternative', [textPart('text/plain', text), shown])
  if (calendars.length === 0) return words
  return multipart('mixed', [words, ...calendars.map(calendarPart)])
}

function multipart(type: string, parts: readonly string[]): string {
  // Random, so that no part can hold it (RFC 2046, 5.1.1).
  const boundary = `--_${randomUUID()}`
  const head = `Content-Type: multipart/${type};${CRLF} boundary="${boundary}"${CRLF}`
  return `${head}${parts.map((part) => `${CRLF}--${boundary}${CRLF}${part}`).join('')}${CRLF}--${boundary}--${CRLF}`
}

function textPart(type: string, text: string): string {
  const lines = text.includes('\r') ? text.replace(/\r\n?|\n/g, CRLF) : text.replaceAll('\n', CRLF)
  const [encoding, content] = isSevenBit(lines) ? ['7bit', lines] : ['quoted-printable', quotedPrintable(lines)]
  return `Content-Type: ${type}; charset=utf-8${CRLF}Content-Transfer-Encoding: ${encoding}${CRLF}${CRLF}${content}`
}

/**
 * The method is said here as in the file (RFC 5545, 8.1). Quoted, so that no relay takes the space from the end of a folded
 * line; and not in base64, in which filters expect texts that hide something.
 */
function calendarPart({ method, filename, content }: CalendarFile): string {
  return [
    `Content-Type: text/calendar; charset=utf-8; method=${method};${CRLF} name="${filename}"`,
    `Content-Disposition: attachment; filename="${filename}"`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    quotedPrintable(content),
  ].join(CRLF)
}

/** Pictures are the same in all mails: each is encoded once. */
const encodedImages = new WeakMap<InlineImage, string>()

function imagePart(image: InlineImage): string {
  const known = encodedImages.get(image)
  if (known !== undefined) return known
  const { cid, contentType, filename, content } = image
  const part = [
    `Content-Type: ${contentType}; name="${filename}"`,
    `Content-ID: <${cid}>`,
    `Content-Disposition: inline; filename="${filename}"`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(content).toString('base64').match(BASE64_LINE) ?? []),
  ].join(CRLF)
  encodedImages.set(image, part)
  return part
}

/** True where the text may go as it stands (RFC 2045, 2.7): ASCII without NUL, in lines that are not too long. */
function isSevenBit(text: string): boolean {
  if (Buffer.byteLength(text) > text.length || text.includes('\0')) return false
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(CRLF, start)
    const length = (end === -1 ? text.length : end) - start
    if (length > MAX_LINE_CHARACTERS) return false
    start += length + CRLF.length
  }
  return true
}
