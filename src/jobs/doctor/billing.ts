import { didYouMean } from '../../config/suggest.ts'
import { CONTRACT, type ColumnType, type ContractColumn } from '../../store/billing-contract.ts'
import { type RelationShape, readBillingShape } from '../../store/billing-shape.ts'
import type { Database } from '../../store/database.ts'
import { type ForeignRelation, readLookAlikes } from '../../store/look-alikes.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { nearColumn } from './near-names.ts'
import { KNOWN_TABLES, knownSystem, suggestionsFor } from './suggestions.ts'

/**
 * The shape of the schema `billing` against what is read from it: every missing relation, column and wrong type. Of what
 * is missing it says what it must be, and where in the database it may be.
 */
export async function checkBilling(db: Database): Promise<readonly Finding[]> {
  const shapes = await readBillingShape(db)
  const isMissing = shapes.some(({ optional, kind }) => !optional && kind === null)
  const elsewhere = isMissing ? await readLookAlikes(db, KNOWN_TABLES) : []
  const faults = shapes.flatMap((shape) => (shape.optional && shape.kind === null ? [] : faultsOf(shape, elsewhere)))
  return faults.length > 0 ? faults : [ok('billing', shapes.map(described).join(', '))]
}

function described({ relation, kind }: RelationShape): string {
  return kind === null ? `${relation} is absent, which is fine` : `${relation} is a ${kind} as it must be`
}

function faultsOf(shape: RelationShape, elsewhere: readonly ForeignRelation[]): readonly Finding[] {
  const { relation, kind, missing, wrong } = shape
  // What is optional stops nobody's mail.
  const report = (found: string, advice: string) =>
    shape.optional ? warning('billing', found, advice) : fault('billing', 'dependency', found, advice)
  if (kind === null) return [absence(shape, elsewhere)]
  return [
    ...missing.map(({ column, type }) =>
      report(
        `${relation} has no column ${column}${hintOf(column, shape)}`,
        kind === 'view'
          ? `add ${column} ${type} to the view: ${meaningOf(columnOf(shape, column))}`
          : `add ${column} ${type} (${meaningOf(columnOf(shape, column))}), or put a view in its place`,
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

function absence({ relation }: RelationShape, elsewhere: readonly ForeignRelation[]): Finding {
  const name = relation.slice(relation.indexOf('.') + 1)
  const system = knownSystem(elsewhere)
  const how = system === null ? 'docs/connect.md' : `these are ${system.system}'s: ${system.file}`
  const advice = `make it a view over your own tables (${how}); or start from nothing with credit-reminders migrate --with-billing`
  return {
    ...fault('billing', 'dependency', `there is no table or view ${relation}`, advice),
    details: [
      `a row is ${CONTRACT[name]?.row}`,
      ...columnLines(CONTRACT[name]?.columns ?? {}),
      ...(system === null ? suggestionsFor(name, elsewhere) : []),
    ],
  }
}

/** `expires_at  timestamptz or null  the first instant at which …; null: …` */
function columnLines(columns: Readonly<Record<string, ContractColumn>>): readonly string[] {
  const typeOf = ({ type, ifNull }: ContractColumn) => (ifNull === undefined ? type : `${type} or null`)
  const entries = Object.entries(columns)
  const nameWidth = Math.max(...entries.map(([name]) => name.length))
  const typeWidth = Math.max(...entries.map(([, column]) => typeOf(column).length))
  return entries.map(
    ([name, column]) => `${name.padEnd(nameWidth)}  ${typeOf(column).padEnd(typeWidth)}  ${meaningOf(column)}`,
  )
}

function meaningOf({ meaning, ifNull }: ContractColumn): string {
  return ifNull === undefined ? meaning : `${meaning}; null: ${ifNull}`
}

function columnOf({ relation }: RelationShape, column: string): ContractColumn {
  const found = CONTRACT[relation.slice(relation.indexOf('.') + 1)]?.columns[column]
  if (found === undefined) throw new Error(`${relation} needs no column ${column}`)
  return found
}

/** A column that may be the needed one under another name, out of those that nothing else needs. */
function hintOf(column: string, { columns, needed }: RelationShape): string {
  const spare = columns.filter((each) => !needed.includes(each))
  const near = nearColumn(column, spare)
  return near === null ? didYouMean(column, spare) : ` (did you mean ${near}?)`
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
