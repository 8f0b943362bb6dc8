import { StringDecoder } from 'node:string_decoder'
import { type Report, unreadable } from './faults.ts'

/** A file without line breaks would else be held in memory whole. */
const MAX_LINE_CHARACTERS = 100_000

/** The members of an object; a number is the text that it was written as, for no digit to be lost. Null: it is none. */
export type JsonRecord = Readonly<{ line: number; members: Readonly<Record<string, unknown>> | null }>

/**
 * The objects of a file of JSON Lines, one a line, those of a piece together; blank lines are left out. What is no object
 * is reported.
 *
 * @throws UnreadableFile for a line that is too long, and for a file that is one JSON array
 */
export async function* jsonRecords(text: AsyncIterable<Buffer>, report: Report): AsyncGenerator<readonly JsonRecord[]> {
  let isFirst = true
  for await (const piece of lines(text)) {
    const records: JsonRecord[] = []
    for (const { line, source } of piece) {
      const json = source.trim()
      if (json === '') continue
      if (isFirst && json.startsWith('[')) {
        throw unreadable(line, 'the file is a JSON array; write one object a line, as `jq -c ".[]"` does')
      }
      isFirst = false
      const members = parseObject(json)
      if (typeof members === 'string') report({ line, column: null, words: members })
      records.push({ line, members: typeof members === 'string' ? null : members })
    }
    yield records
  }
}

/** The members, or what is wrong. */
function parseObject(json: string): Readonly<Record<string, unknown>> | string {
  let value: unknown
  try {
    value = JSON.parse(json, exactNumbers)
  } catch {
    return 'is not JSON; write one object a line: {"id":"…", …}'
  }
  if (Array.isArray(value)) return 'is an array; write one object a line'
  if (typeof value !== 'object' || value === null) return 'is no object; write one a line: {"id":"…", …}'
  const members = value as Readonly<Record<string, unknown>>
  const twice = nameTwice(json, members)
  return twice === null ? members : `names ${twice} twice; leave one of them out`
}

/** Each text of a line, and whether it is the name of a member. */
const TEXTS = /"((?:[^"\\]|\\.)*)"(\s*:)?/g

/** A name that stands twice, of which the parser would keep the last without a word (RFC 8259, 4). */
function nameTwice(json: string, members: object): string | null {
  const names = [...json.matchAll(TEXTS)].flatMap(([, name, colon]) => (colon === undefined ? [] : [name ?? '']))
  // Names within a member's own value count too: such a value is a fault of its own.
  if (names.length <= Object.keys(members).length) return null
  return names.find((name, index) => names.indexOf(name) !== index) ?? null
}

/** ECMAScript, "JSON.parse source text access": the lib of TypeScript does not know the third argument yet. */
function exactNumbers(_key: string, value: unknown, context?: Readonly<{ source?: string }>): unknown {
  return typeof value === 'number' ? context?.source : value
}

type Line = Readonly<{ line: number; source: string }>

/** The lines of each piece; where one is too long, those before it. */
async function* lines(text: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let line = 1
  for await (const piece of text) {
    const sources = (rest + decoder.write(piece)).split('\n')
    const tooLong = sources.findIndex((source) => source.length > MAX_LINE_CHARACTERS)
    rest = sources.at(-1) ?? ''
    const from = line
    const whole = sources.slice(0, tooLong === -1 ? sources.length - 1 : tooLong)
    yield whole.map((source, index) => ({ line: from + index, source }))
    line += whole.length
    if (tooLong !== -1) {
      throw unreadable(line, `the line is longer than ${MAX_LINE_CHARACTERS} characters; write one object a line`)
    }
  }
  if (rest !== '') yield [{ line, source: rest }]
}
