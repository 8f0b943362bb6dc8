import { CsvError, parse } from 'csv-parse'
import { unreadable } from './faults.ts'

/** A quote that is never closed would else take in all the rest of a file. */
const MAX_RECORD_BYTES = 100_000
const LINE_BREAK = /\r\n|\n|\r/g

export type CsvRecord = Readonly<{ line: number; fields: readonly string[] }>

/**
 * The records of a CSV file (RFC 4180; line ends of any kind, also mixed), with the line that each begins on; those of a
 * piece together, because to wait for each would cost more than to read it. The first one is the header, and says what
 * separates columns: a comma, or a semicolon or tab where it has no comma. Lines with nothing in any field are left out.
 *
 * @param text of which the first piece holds the header whole
 * @throws UnreadableFile where quotes do not match, after all the records before
 */
export async function* csvRecords(text: AsyncIterable<Buffer>): AsyncGenerator<readonly CsvRecord[]> {
  const source = untilFailure(text)
  let parser: CsvParser | null = null
  for await (const piece of source.pieces) {
    parser ??= createParser(delimiterOf(piece))
    yield* parser.records(await parser.write(piece))
  }
  if (parser !== null) {
    const error = await parser.end()
    yield* parser.records(source.failure() === null ? error : null)
  }
  if (source.failure() !== null) throw source.failure()
}

/** The pieces up to where the text cannot be read on: the parser still holds back what came last. */
function untilFailure(text: AsyncIterable<Buffer>) {
  let failure: unknown = null
  const pieces = async function* () {
    try {
      yield* text
    } catch (error) {
      failure = error
    }
  }
  return { pieces: pieces(), failure: () => failure }
}

type CsvParser = ReturnType<typeof createParser>

/** The parser of csv-parse, with each piece's records taken out at once: of a stream, an error takes those that wait. */
function createParser(delimiter: string) {
  let waiting: CsvRecord[] = []
  // Counted here: csv-parse counts two lines for each CRLF within quotes.
  let line = 1
  const stream = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_RECORD_BYTES,
    on_record: (fields: string[]) => {
      if (fields.some((field) => field !== '')) waiting.push({ line, fields })
      line += 1 + breaksWithin(fields)
      return null
    },
  })
  // Whoever writes is told.
  stream.on('error', () => {})
  const outcome = (begin: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | null>((resolve) => begin((error) => resolve(error ?? null)))
  return {
    write: (piece: Buffer) => outcome((done) => stream.write(piece, done)),
    end: () => outcome((done) => stream.end(done).resume()),
    records: function* (error: Error | null): Generator<readonly CsvRecord[]> {
      if (waiting.length > 0) yield waiting
      waiting = []
      if (error !== null) throw error instanceof CsvError ? unreadable(line, wordsOf(error)) : error
    },
  }
}

function delimiterOf(piece: Buffer): string {
  const header =
    piece
      .toString('utf8')
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? ''
  if (header.includes(',')) return ','
  return [';', '\t'].find((separator) => header.includes(separator)) ?? ','
}

function breaksWithin(fields: readonly string[]): number {
  let count = 0
  for (const field of fields) {
    if (field.includes('\n') || field.includes('\r')) count += field.match(LINE_BREAK)?.length ?? 0
  }
  return count
}

function wordsOf({ code }: CsvError): string {
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return `the record that begins here is longer than ${MAX_RECORD_BYTES} bytes; is a quote not closed?`
  }
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote that is opened here is never closed; close it'
  return 'the quotes do not match; put the whole field in quotes, without blanks around them, and write a quote in it twice'
}
