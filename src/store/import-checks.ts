import type pg from 'pg'
import { type ImportTable, stagedName } from './import-table.ts'

/** A row of a file, by the file's number. */
export type StagedPlace = Readonly<{ file: number; line: number }>

/** The first rows of which something was found, and how many there are. */
export type FoundRows<Row> = Readonly<{ rows: readonly (StagedPlace & Row)[]; total: number }>

/** Of rows that share a key, all but the first. */
export async function findRepeated(
  client: pg.ClientBase,
  table: ImportTable,
  limit: number,
): Promise<FoundRows<Readonly<{ firstFile: number; firstLine: number; key: string }>>> {
  const { key } = table
  const staged = stagedName(table)
  const isRead = key.map((column) => `${column} IS NOT NULL`).join(' AND ')
  return found(
    await client.query(
      `WITH repeated AS (SELECT ${key}, min(ordinal) AS first FROM ${staged} WHERE ${isRead}
                          GROUP BY ${key} HAVING count(*) > 1)
       SELECT s.file, s.line::float8, f.file AS "firstFile", f.line::float8 AS "firstLine",
              concat_ws(', ', ${key.map((column) => `s.${column}::text`)}) AS key, count(*) OVER ()::int AS total
         FROM repeated JOIN ${staged} s USING (${key}) JOIN ${staged} f ON f.ordinal = repeated.first
        WHERE s.ordinal > repeated.first ORDER BY s.ordinal LIMIT $1`,
      [limit],
    ),
  )
}

/** Rows whose account is neither staged nor in the database. */
export async function findWithoutAccount(
  client: pg.ClientBase,
  { table, accounts }: Readonly<{ table: ImportTable; accounts: ImportTable }>,
  limit: number,
): Promise<FoundRows<Readonly<{ accountId: string }>>> {
  return found(
    await client.query(
      `SELECT s.file, s.line::float8, s.account_id AS "accountId", count(*) OVER ()::int AS total
         FROM ${stagedName(table)} s
        WHERE s.account_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM ${stagedName(accounts)} a WHERE a.id = s.account_id)
          AND NOT EXISTS (SELECT FROM billing.${accounts.table} a WHERE a.id = s.account_id)
        ORDER BY s.ordinal LIMIT $1`,
      [limit],
    ),
  )
}

function found<Row>({ rows }: pg.QueryResult): FoundRows<Row> {
  return { rows, total: rows[0]?.total ?? 0 }
}
