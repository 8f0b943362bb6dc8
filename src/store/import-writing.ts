import pg from 'pg'
import { UsageError } from '../errors.ts'
import { type ImportTable, stagedName } from './import-table.ts'

const UNIQUE_VIOLATION = '23505'

/** What rows of a file are to what the table holds. */
export type ImportCounts = Readonly<{ added: number; changed: number; unchanged: number }>

export const NO_ROWS: ImportCounts = { added: 0, changed: 0, unchanged: 0 }

export function sumOf(a: ImportCounts, b: ImportCounts): ImportCounts {
  return { added: a.added + b.added, changed: a.changed + b.changed, unchanged: a.unchanged + b.unchanged }
}

/** Staged rows, by their ordinals: `from` is the first of them, `to` the first that is not. */
export type StagedRange = Readonly<{ from: number; to: number }>

type Part = Readonly<{
  table: ImportTable
  /** The columns that the file has; all others are left as they are. */
  columns: ReadonlySet<string>
  range: StagedRange
}>

/** A part of the rows that were compared, and what is in it. */
export type ComparedPart = Readonly<{ range: StagedRange; counts: ImportCounts }>

/**
 * Compares staged rows with what the table holds, and counts them in parts of so many.
 *
 * One statement for many parts: each may have to go through all of the table.
 */
export async function compareRows(
  client: pg.ClientBase,
  { table, columns, range }: Part,
  rowsInPart: number,
): Promise<readonly ComparedPart[]> {
  const matches = table.key.map((column) => `t.${column} = s.${column}`).join(' AND ')
  const isThere = `t.${table.key[0]} IS NOT NULL`
  const { rows } = await client.query<Readonly<{ part: number; all: number; present: number; changed: number }>>(
    `SELECT ((s.ordinal - $1) / $3)::int AS part, count(*)::int AS "all",
            count(*) FILTER (WHERE ${isThere})::int AS present,
            count(*) FILTER (WHERE ${isThere} AND ${differs('t', 's', { table, columns })})::int AS changed
       FROM ${stagedName(table)} s LEFT JOIN billing.${table.table} t ON ${matches}
      WHERE s.ordinal >= $1 AND s.ordinal < $2
      GROUP BY part ORDER BY part`,
    [range.from, range.to, rowsInPart],
  )
  return rows.map(({ part, all, present, changed }) => {
    const from = range.from + part * rowsInPart
    const counts = { added: all - present, changed, unchanged: present - changed }
    return { range: { from, to: Math.min(from + rowsInPart, range.to) }, counts }
  })
}

/**
 * Writes staged rows: new ones are added, those that differ are changed, none is deleted.
 *
 * @param areNew none of them was there when they were compared
 * @throws UsageError where the table itself refuses a row, by a constraint or trigger of the company's own
 */
export async function writeRows(
  client: pg.ClientBase,
  part: Part,
  { areNew }: Readonly<{ areNew: boolean }>,
): Promise<void> {
  const { table, columns, range } = part
  const named = table.columns.map(({ name }) => name).filter((name) => columns.has(name))
  const changeable = named.filter((name) => !table.key.includes(name))
  const insert = `INSERT INTO billing.${table.table} AS t (${named})
    SELECT ${named} FROM ${stagedName(table)} WHERE ordinal >= $1 AND ordinal < $2`
  const upsert = `${insert}
    ON CONFLICT (${table.key}) DO UPDATE SET ${changeable.map((name) => `${name} = excluded.${name}`)}
    WHERE ${differs('t', 'excluded', { table, columns })}`
  const values = [range.from, range.to]
  try {
    // To look for each row before it is added takes a quarter of the time.
    if (areNew && (await isAdded(client, { sql: insert, values }))) return
    await client.query(upsert, values)
  } catch (error) {
    // Class 22 "data exception", 23 "integrity constraint violation", P0001 "raise_exception" (PostgreSQL, appendix A).
    if (!(error instanceof pg.DatabaseError) || !/^(?:22|23|P0001)/.test(error.code ?? '')) throw error
    throw new UsageError(`billing.${table.table} refuses a row: ${error.message}; nothing was imported`, {
      cause: error,
    })
  }
}

/** False where somebody else has added one of the rows since they were compared; then none is. */
async function isAdded(
  client: pg.ClientBase,
  { sql, values }: Readonly<{ sql: string; values: readonly number[] }>,
): Promise<boolean> {
  await client.query('SAVEPOINT adding')
  try {
    await client.query(sql, [...values])
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error
    await client.query('ROLLBACK TO SAVEPOINT adding')
    return false
  }
  await client.query('RELEASE SAVEPOINT adding')
  return true
}

/** Brings what the planner knows of the table up to date; a role that may not goes on without. */
export async function analyse(client: pg.ClientBase, { table }: ImportTable): Promise<void> {
  await client.query(`ANALYZE billing.${table}`)
}

/** Amounts differ also by their digits: 18.0 is shown otherwise than 18.00. */
function differs(a: string, b: string, { table, columns }: Pick<Part, 'table' | 'columns'>): string {
  const compared = table.columns.filter(({ name }) => columns.has(name) && !table.key.includes(name))
  const listOf = (alias: string) =>
    compared.map(({ name, type }) => (type === 'numeric' ? `${alias}.${name}::text` : `${alias}.${name}`))
  return `(${listOf(a)}) IS DISTINCT FROM (${listOf(b)})`
}
