import type { Report } from './faults.ts'
import type { ImportColumn, ImportRelation } from './relations.ts'
import { Wrong } from './values.ts'

/**
 * A row's values as Postgres is to have them, in the order of the relation's columns. What is wrong is reported, and null
 * in its place: the row will not be imported, but what refers to it is still found.
 */
export function readRow(
  { line, cells }: Readonly<{ line: number; cells: readonly (string | null)[] }>,
  { relation, report, given }: Readonly<{ relation: ImportRelation; report: Report; given: ReadonlySet<string> }>,
): readonly (string | null)[] {
  return relation.columns.map((column, index) => {
    const value = readCell(cells[index] ?? null, column, given)
    if (!(value instanceof Wrong)) return value
    report({ line, column: column.name, words: value.words })
    return null
  })
}

function readCell(cell: string | null, column: ImportColumn, given: ReadonlySet<string>): string | null | Wrong {
  if (cell !== null && cell.trim() !== '') return column.read(cell)
  if (column.empty !== undefined) return column.empty
  return column.needed || given.has(column.name) ? new Wrong('is empty; write a value') : null
}
