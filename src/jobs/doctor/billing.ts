import { didYouMean } from '../../config/suggest.ts'
import { type ColumnType, type RelationShape, readBillingShape } from '../../store/billing-shape.ts'
import type { Database } from '../../store/database.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** The shape of the schema `billing` against what is read from it: every missing relation, column and wrong type. */
export async function checkBilling(db: Database): Promise<readonly Finding[]> {
  const shapes = await readBillingShape(db)
  const faults = shapes.flatMap((shape) => (shape.optional && shape.kind === null ? [] : faultsOf(shape)))
  return faults.length > 0 ? faults : [ok('billing', shapes.map(described).join(', '))]
}

function described({ relation, kind }: RelationShape): string {
  return kind === null ? `${relation} is absent, which is fine` : `${relation} is a ${kind} as it must be`
}

function faultsOf(shape: RelationShape): readonly Finding[] {
  const { relation, kind, missing, wrong } = shape
  // What is optional stops nobody's mail.
  const report = (found: string, advice: string) =>
    shape.optional ? warning('billing', found, advice) : fault('billing', 'dependency', found, advice)
  if (kind === null) {
    const advice =
      'make it a view over your own tables; or start from nothing with credit-reminders migrate --with-billing'
    return [report(`there is no table or view ${relation}`, advice)]
  }
  return [
    ...missing.map(({ column, type }) =>
      report(
        `${relation} has no column ${column}${didYouMean(column, spareColumns(shape))}`,
        kind === 'view' ? `add ${column} (${type}) to the view` : `add ${column} ${type}, or put a view in its place`,
      ),
    ),
    ...wrong.map(({ column, type, actual }) =>
      report(
        `${relation}.${column} is ${actual}, and must be ${type}${whyNot(type, actual)}`,
        `make the column ${type}, or read it through a view: ${castTo(type, column, actual)}`,
      ),
    ),
  ]
}

/** Columns that may be a needed one under another name. */
function spareColumns({ columns, needed }: RelationShape): readonly string[] {
  return columns.filter((column) => !needed.includes(column))
}

function whyNot(expected: ColumnType, actual: string): string {
  if (expected === 'timestamptz' && actual.startsWith('timestamp')) {
    return ': without a zone, the instant it means depends on who reads it'
  }
  if (expected === 'text' && actual.startsWith('character(')) return ': its values come filled up with blanks'
  if (expected === 'numeric' && /^(?:real|double)/.test(actual)) return ': floating point loses parts of an amount'
  return ''
}

function castTo(type: ColumnType, column: string, actual: string): string {
  if (type === 'timestamptz' && /^(?:timestamp|date)/.test(actual)) {
    const instant = actual === 'date' ? `${column}::timestamp` : column
    return `${instant} AT TIME ZONE 'UTC' AS ${column}, with the zone in which it was written`
  }
  return `${column}::${type} AS ${column}`
}
