import { DependencyError } from '../errors.ts'
import { CONTRACT, type ColumnType, type Contract } from './billing-contract.ts'
import type { Transaction } from './database.ts'

const AS_GOOD: Readonly<Record<ColumnType, readonly string[]>> = {
  // Not uuid or an enum: comparing either with text is an error. Not char(n): its values come filled up with blanks.
  text: ['text', 'character varying', 'citext', 'name'],
  // Not real or double precision: neither holds a decimal amount exactly.
  numeric: ['numeric', 'bigint', 'integer', 'smallint'],
  integer: ['integer', 'smallint', 'bigint', 'numeric'],
  // Not timestamp: what instant it means depends on the session that reads it.
  timestamptz: ['timestamp with time zone'],
  boolean: ['boolean'],
  date: ['date'],
}

/** A relation as it is, against what it must be. */
export type RelationShape = Readonly<{
  /** With its schema: `billing.accounts`. */
  relation: string
  optional: boolean
  /** Null where there is no such relation. */
  kind: 'table' | 'view' | null
  /** Every column that it has, and every one that is needed. */
  columns: readonly string[]
  needed: readonly string[]
  missing: readonly Readonly<{ column: string; type: ColumnType }>[]
  wrong: readonly Readonly<{ column: string; type: ColumnType; actual: string }>[]
}>

type Row = Readonly<{ relation: string; kind: 'table' | 'view'; column: string; actual: string; base: string }>

/** Compares the schema `billing` with what is read from it. The catalog shows also what the role may not read. */
export async function readBillingShape(tx: Transaction): Promise<readonly RelationShape[]> {
  const rows = await tx.$queryRawUnsafe<Row[]>(
    `SELECT c.relname::text AS relation, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
            a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS actual,
            format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL) AS base
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       JOIN pg_type t ON t.oid = a.atttypid
      WHERE n.nspname = 'billing' AND c.relname = ANY($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      ORDER BY c.relname, a.attnum`,
    Object.keys(CONTRACT),
  )
  const found = Map.groupBy(rows, ({ relation }) => relation)
  return Object.entries(CONTRACT).map(([name, contract]) => shapeOf(name, contract, found.get(name) ?? []))
}

/**
 * Lets a command go on only where `billing` has the shape that is read. Without a look ahead, a sweep that finds nothing
 * due would seem to work, and fail on the day when something is.
 *
 * @throws DependencyError with a line per fault
 */
export async function requireBillingShape(tx: Transaction): Promise<void> {
  const needed = (await readBillingShape(tx)).filter(({ optional }) => !optional)
  const lines = needed.flatMap(shapeFaults).map((fault) => `${fault}; credit-reminders doctor tells more`)
  if (lines.length > 0) throw new DependencyError(lines)
}

function shapeFaults({ relation, kind, missing, wrong }: RelationShape): readonly string[] {
  if (kind === null) return [`there is no table or view ${relation}`]
  return [
    ...missing.map(({ column }) => `${relation} has no column ${column}`),
    ...wrong.map(({ column, type, actual }) => `${relation}.${column} is ${actual}, and must be ${type}`),
  ]
}

function shapeOf(name: string, { optional = false, columns }: Contract, rows: readonly Row[]): RelationShape {
  const byName = new Map(rows.map((row) => [row.column, row]))
  const expected = Object.entries(columns).map(([column, { type }]) => ({ column, type, row: byName.get(column) }))
  return {
    relation: `billing.${name}`,
    optional,
    kind: rows[0]?.kind ?? null,
    columns: [...byName.keys()],
    needed: Object.keys(columns),
    missing: expected.filter(({ row }) => row === undefined).map(({ column, type }) => ({ column, type })),
    wrong: expected.flatMap(({ column, type, row }) =>
      row === undefined || AS_GOOD[type].includes(withoutSchema(row.base))
        ? []
        : [{ column, type, actual: row.actual }],
    ),
  }
}

/** `format_type` puts the schema before a type that is not on the search path, such as an extension's `citext`. */
function withoutSchema(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1)
}
