import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type ImportTable, stagedName } from './import-table.ts'

/** A row on its way into the database, its values in the order of the table's columns. */
export type StagedRow = Readonly<{ line: number; values: readonly (string | null)[] }>

/** Where rows come from, by the file's number, and are numbered from which ordinal on. */
export type RowsToStage = Readonly<{
  table: ImportTable
  file: number
  rows: AsyncIterable<readonly StagedRow[]>
  firstOrdinal: number
}>

/** About as much as goes into one network write; a write for each row would cost more than the row. */
const PIECE_CHARACTERS = 64 * 1024

/** Makes the tables in which rows wait. They end with the transaction. */
export async function createStaging(client: pg.ClientBase, tables: readonly ImportTable[]): Promise<void> {
  for (const table of tables) {
    const columns = table.columns.map(({ name, type }) => `${name} ${type}`)
    await client.query(
      `CREATE TEMP TABLE staged_${table.table} (ordinal bigint, file integer, line bigint, ${columns}) ON COMMIT DROP`,
    )
  }
}

/** Takes rows as they come, without holding more than a few of them. */
export async function stageRows(client: pg.ClientBase, source: RowsToStage): Promise<void> {
  const { table } = source
  const columns = ['ordinal', 'file', 'line', ...table.columns.map(({ name }) => name)]
  await pipeline(copyText(source), client.query(copyFrom(`COPY ${stagedName(table)} (${columns}) FROM STDIN`)))
}

/** Lets the planner know what it has to do with, and finds ranges of ordinals without reading all rows. */
export async function settleStaging(client: pg.ClientBase, table: ImportTable): Promise<void> {
  await client.query(`CREATE INDEX ON ${stagedName(table)} USING brin (ordinal)`)
  await client.query(`ANALYZE ${stagedName(table)}`)
}

/** PostgreSQL, "COPY", text format. */
async function* copyText({ file, rows, firstOrdinal }: RowsToStage): AsyncGenerator<Buffer> {
  let piece = ''
  let ordinal = firstOrdinal
  for await (const some of rows) {
    for (const { line, values } of some) {
      piece += `${ordinal++}\t${file}\t${line}`
      for (const value of values) piece += value === null ? '\t\\N' : `\t${escaped(value)}`
      piece += '\n'
    }
    if (piece.length < PIECE_CHARACTERS) continue
    yield Buffer.from(piece)
    piece = ''
  }
  if (piece !== '') yield Buffer.from(piece)
}

const SPECIAL = /[\\\n\r\t]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(value: string): string {
  return SPECIAL.test(value) ? value.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character) : value
}
