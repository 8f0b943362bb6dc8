import { didYouMean } from '../../config/suggest.ts'
import { csvRecords } from './csv-records.ts'
import { type Report, UnreadableFile, unreadable } from './faults.ts'
import { jsonRecords } from './json-lines.ts'
import { readRow } from './read-row.ts'
import type { ImportRelation } from './relations.ts'
import { shown } from './values.ts'

/** A row's values as Postgres is to have them, in the order of the relation's columns. */
export type FileRow = Readonly<{ line: number; values: readonly (string | null)[] }>

export type RowSource = Readonly<{
  text: AsyncIterable<Buffer>
  relation: ImportRelation
  report: Report
  /** Takes the names of the columns that the file has. */
  given: Set<string>
}>

/** The rows of a CSV file, those of a piece together. */
export async function* csvRows({ text, relation, report, given }: RowSource): AsyncGenerator<readonly FileRow[]> {
  let width = 0
  let places: readonly number[] | null = null
  for await (const records of csvRecords(text)) {
    const rows: FileRow[] = []
    for (const { line, fields } of records) {
      if (places === null) {
        const header = fields.map((name) => name.trim().toLowerCase())
        requireHeader(header, relation, line)
        for (const name of header) given.add(name)
        width = header.length
        places = relation.columns.map(({ name }) => header.indexOf(name))
      } else if (fields.length === width) {
        const cells = places.map((place) => fields[place] ?? null)
        rows.push({ line, values: readRow({ line, cells }, { relation, report, given }) })
      } else {
        report({ line, column: null, words: `has ${fields.length} fields where the header has ${width}` })
      }
    }
    yield rows
  }
  if (places === null) throw unreadable(null, emptyFile(relation))
}

/** The rows of a file of JSON Lines. What an object does not name is null there, if any other one of the file names it. */
export async function* jsonRows({ text, relation, report, given }: RowSource): AsyncGenerator<readonly FileRow[]> {
  const known = relation.columns.map(({ name }) => name)
  const undecided = relation.columns.filter(({ needed, empty }) => !needed && empty === undefined)
  const firstWithout = new Map<string, number>()
  const noteUnknown = reporterOfUnknown(relation, report)
  let isEmpty = true
  for await (const records of jsonRecords(text, report)) {
    const rows: FileRow[] = []
    for (const { line, members } of records) {
      isEmpty = false
      if (members === null) continue
      for (const name of Object.keys(members)) {
        if (known.includes(name)) given.add(name)
        else noteUnknown(name, line)
      }
      for (const { name } of undecided) {
        if (!given.has(name) && !firstWithout.has(name)) firstWithout.set(name, line)
      }
      const cells = known.map((column) => cellOf(members[column], { line, column, report }))
      rows.push({ line, values: readRow({ line, cells }, { relation, report, given }) })
    }
    yield rows
  }
  if (isEmpty) throw unreadable(null, emptyFile(relation))
  for (const [column, line] of firstWithout) {
    if (given.has(column)) report({ line, column, words: 'is missing here, and stands on later lines; write a value' })
  }
}

const MAX_REMEMBERED = 100

/** Reports each unknown name once: most likely it stands on every line. */
function reporterOfUnknown(relation: ImportRelation, report: Report): (name: string, line: number) => void {
  const reported = new Set<string>()
  return (name, line) => {
    if (reported.has(name)) return
    if (reported.size < MAX_REMEMBERED) reported.add(name)
    report({ line, column: null, words: unknownColumn(name, relation) })
  }
}

function cellOf(value: unknown, { line, column, report }: { line: number; column: string; report: Report }) {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  report({ line, column, words: 'is an object or an array; write a text, a number, true, false or null' })
  return null
}

function emptyFile({ columns }: ImportRelation): string {
  const names = columns.filter(({ needed }) => needed).map(({ name }) => name)
  return `the file is empty; its columns are ${names.join(', ')}, …`
}

/** @throws UnreadableFile with all that is wrong with the header */
function requireHeader(header: readonly string[], relation: ImportRelation, line: number): void {
  const known = new Set(relation.columns.map(({ name }) => name))
  const twice = new Set(header.filter((name, index) => known.has(name) && header.indexOf(name) !== index))
  const missing = relation.columns.filter(({ name, needed }) => needed && !header.includes(name))
  const words = [
    ...header.filter((name) => !known.has(name)).map((name) => unknownColumn(name, relation)),
    ...[...twice].map((name) => `names the column ${name} twice; leave one of them out`),
    ...(missing.length === 0 ? [] : [missingColumns(header, relation)]),
  ]
  if (words.length > 0) throw new UnreadableFile(words.map((each) => ({ line, column: null, words: each })))
}

function unknownColumn(name: string, { table, columns }: ImportRelation): string {
  if (name === '') return 'has a column without a name; name it, or leave it out'
  const names = columns.map((column) => column.name)
  const nearest = didYouMean(name, names)
  return `there is no column ${shown(name)} in billing.${table}${nearest || `; leave it out, or name it as one of ${names.join(', ')}`}`
}

function missingColumns(header: readonly string[], { columns }: ImportRelation): string {
  const names = columns.filter(({ needed }) => needed).map(({ name }) => name)
  const missing = names.filter((name) => !header.includes(name))
  // Most likely a file without a header, whose first row would else be taken for one.
  const isNone = missing.length === names.length
  if (isNone) return `the first line names none of the columns that are needed; begin with a header: ${names.join(',')}`
  const [noun, advice] = missing.length === 1 ? ['column', 'is missing; add it'] : ['columns', 'are missing; add them']
  return `the ${noun} ${missing.join(', ')} ${advice} to the header and to each row`
}
