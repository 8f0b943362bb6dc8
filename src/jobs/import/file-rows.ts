import { createReadStream } from 'node:fs'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Report, unreadable } from './faults.ts'
import { codeOf, type FileFormat, type ImportFile, STDIN } from './files.ts'
import { firstLineWhole } from './first-line.ts'
import { RELATIONS } from './relations.ts'
import { csvRows, type FileRow, jsonRows } from './rows.ts'
import { checkedText } from './text.ts'

export type Reading = Readonly<{
  stdin: Readable
  report: Report
  /** Takes the names of the columns that the file has. */
  given: Set<string>
  /** So many more bytes of the file have been read. */
  advance: (bytes: number) => void
}>

/**
 * The rows of a file, as they come, some at a time.
 *
 * @throws UnreadableFile where it cannot be read on
 */
export async function* fileRows(
  file: ImportFile,
  { stdin, report, given, advance }: Reading,
): AsyncGenerator<readonly FileRow[]> {
  const relation = RELATIONS[file.relation]
  const { format, text } = await sniffed(
    file,
    asNamed(file, firstLineWhole(checkedText(bytesOf(file, stdin, advance)))),
  )
  yield* format === 'csv' ? csvRows({ text, relation, report, given }) : jsonRows({ text, relation, report, given })
}

async function* bytesOf(file: ImportFile, stdin: Readable, advance: Reading['advance']): AsyncGenerator<Buffer> {
  const source = counted(file.path === STDIN ? stdin : createReadStream(file.path), advance)
  try {
    // What goes wrong in between is thrown by whoever reads the end.
    yield* file.isCompressed ? (pipeline(source, createGunzip(), () => {}) as AsyncIterable<Buffer>) : source
  } catch (error) {
    throw unreadable(null, `the file cannot be read on (${codeOf(error)})${file.isCompressed ? '; pack it again' : ''}`)
  }
}

/** Progress is of the file as it is stored, packed or not. */
async function* counted(source: AsyncIterable<Buffer>, advance: Reading['advance']): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    advance(chunk.length)
    yield chunk
  }
}

/** No header of a CSV file begins like this. */
const JSON_BEGINNING = /^[{[]/

/** The pieces of a file that is what its name says: of one that is not, every line would be a fault. */
async function* asNamed({ format }: ImportFile, text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const piece of text) {
    if (isFirst) requireFormat(format, piece.toString('utf8').trimStart())
    isFirst = false
    yield piece
  }
}

/** @param beginning without blanks before it */
function requireFormat(format: FileFormat | null, beginning: string): void {
  const isJson = JSON_BEGINNING.test(beginning)
  if (format === 'csv' && isJson) throw unreadable(null, 'the file is JSON; let its name end in .jsonl')
  if (format === 'jsonl' && !isJson && beginning !== '') {
    throw unreadable(null, 'the file is not JSON; write one object a line, or let its name end in .csv')
  }
}

/** A file whose name does not tell. */
async function sniffed(
  file: ImportFile,
  text: AsyncGenerator<Buffer>,
): Promise<Readonly<{ format: FileFormat; text: AsyncIterable<Buffer> }>> {
  if (file.format !== null) return { format: file.format, text }
  const first = await text.next()
  if (first.done) return { format: 'csv', text }
  const isJson = JSON_BEGINNING.test(first.value.toString('utf8').trimStart())
  return { format: isJson ? 'jsonl' : 'csv', text: after(first.value, text) }
}

/** The pieces, with one put back before them. */
async function* after(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}
