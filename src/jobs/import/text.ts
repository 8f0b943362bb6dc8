import { isUtf8 } from 'node:buffer'
import { type UnreadableFile, unreadable } from './faults.ts'

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const LINE_FEED = 0x0a

/** How files begin that are something else. */
const SIGNATURES: readonly Readonly<{ bytes: Buffer; words: string }>[] = [
  { bytes: Buffer.from([0xff, 0xfe]), words: 'the file is UTF-16; save it as UTF-8 (in Excel: "CSV UTF-8")' },
  { bytes: Buffer.from([0xfe, 0xff]), words: 'the file is UTF-16; save it as UTF-8 (in Excel: "CSV UTF-8")' },
  { bytes: Buffer.from('PK\u0003\u0004'), words: 'the file is a workbook or an archive; save it as CSV UTF-8' },
  { bytes: Buffer.from([0x1f, 0x8b]), words: 'the file is compressed; let its name end in .gz, or unpack it first' },
]
const LONGEST_SIGNATURE = 4

/**
 * The bytes of a file, piece by piece, where they are UTF-8 without NUL: neither could be stored, and what is decoded
 * regardless is another text. A byte order mark is left out.
 *
 * @throws UnreadableFile with line and offset of the first byte that is not, counted from 0
 */
export async function* checkedText(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0)
  let offset = 0
  let line = 1
  let isBegun = false
  for await (const chunk of bytes) {
    const piece = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    waiting = piece
    if (!isBegun && piece.length < LONGEST_SIGNATURE) continue
    const start = isBegun ? 0 : beginning(piece)
    isBegun = true
    const end = piece.length - incompleteTail(piece)
    const whole = piece.subarray(start, end)
    yield* text(whole, { line, offset: offset + start })
    waiting = piece.subarray(end)
    offset += end
    line += lineBreaks(whole)
  }
  const rest = waiting.subarray(isBegun ? 0 : beginning(waiting))
  yield* text(rest, { line, offset: offset + waiting.length - rest.length })
}

/** Where the text begins: after the byte order mark, if there is one. */
function beginning(piece: Buffer): number {
  const other = SIGNATURES.find(({ bytes }) => startsWith(piece, bytes))
  if (other !== undefined) throw unreadable(1, other.words)
  return startsWith(piece, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0
}

function startsWith(piece: Buffer, bytes: Buffer): boolean {
  return piece.subarray(0, bytes.length).equals(bytes)
}

/** How many bytes at the end are the beginning of a character that goes on in the next piece (RFC 3629, 3). */
function incompleteTail(piece: Buffer): number {
  for (let back = 1; back <= Math.min(3, piece.length); back++) {
    const byte = piece[piece.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0
  }
  return 0
}

/** How many bytes a character has that begins with this one. */
function lengthOf(byte: number): number {
  if (byte < 0xc0) return 1
  if (byte < 0xe0) return 2
  return byte < 0xf0 ? 3 : 4
}

type Place = Readonly<{ line: number; offset: number }>

/** The piece where it is text; else the whole lines before what is none, so that their faults are found as well. */
function* text(piece: Buffer, place: Place): Generator<Buffer> {
  const bad = isUtf8(piece) ? piece.indexOf(0) : firstInvalid(piece)
  if (bad === -1) {
    if (piece.length > 0) yield piece
    return
  }
  const before = piece.subarray(0, piece.lastIndexOf(LINE_FEED, bad) + 1)
  if (before.length > 0) yield before
  throw notText(piece[bad] ?? 0, { line: place.line + lineBreaks(before), offset: place.offset + bad })
}

function notText(byte: number, { line, offset }: Place): UnreadableFile {
  const hex = byte.toString(16).toUpperCase().padStart(2, '0')
  return unreadable(
    line,
    byte === 0
      ? `the byte at offset ${offset} is NUL, which no text has; leave it out, or save the file as UTF-8`
      : `the byte at offset ${offset} (0x${hex}) is not UTF-8; save the file as UTF-8 (in Excel: "CSV UTF-8")`,
  )
}

function firstInvalid(piece: Buffer): number {
  let index = 0
  while (index < piece.length) {
    const length = lengthOf(piece[index] ?? 0)
    if (!isUtf8(piece.subarray(index, index + length))) return index
    index += length
  }
  return index
}

function lineBreaks(piece: Buffer): number {
  let count = 0
  for (let index = piece.indexOf(LINE_FEED); index !== -1; index = piece.indexOf(LINE_FEED, index + 1)) count += 1
  return count
}
