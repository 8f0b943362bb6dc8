import type { TestDatabase } from './database.ts'

/** What the tables of `reminders` take, and from whom. */
export type LedgerShape = Readonly<{
  /** By `table.column`. */
  columns: ReadonlyMap<string, Readonly<{ type: string; optional: boolean }>>
  /** What rows must meet (checks, keys, unique indexes), by table and name. */
  rules: ReadonlyMap<string, string>
}>

/** Reads the ledger's tables as they stand. */
export async function readLedgerShape({ sql }: TestDatabase): Promise<LedgerShape> {
  const columns = await sql<{ name: string; type: string; optional: boolean }>(`
    SELECT table_name || '.' || column_name AS name, udt_name AS type,
           is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES' AS optional
      FROM information_schema.columns WHERE table_schema = 'reminders'`)
  const rules = await sql<{ name: string; definition: string }>(`
    SELECT conrelid::regclass || ': ' || conname AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint WHERE connamespace = to_regnamespace('reminders') AND contype <> 'n'
    UNION ALL
    SELECT indrelid::regclass || ': ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
      FROM pg_index JOIN pg_class c ON c.oid = indrelid
     WHERE indisunique AND c.relnamespace = to_regnamespace('reminders')`)
  return {
    columns: new Map(columns.map(({ name, ...column }) => [name, column])),
    rules: new Map(rules.map(({ name, definition }) => [name, definition])),
  }
}

/** What keeps a program that knows only the first shape from working with the second; empty where nothing does. */
export function lostBetween(before: LedgerShape, after: LedgerShape): readonly string[] {
  const tables = new Set([...before.columns.keys()].map((name) => name.split('.')[0]))
  const isKnown = (table: string | undefined) => tables.has(table?.replace('reminders.', ''))
  const gone = [...before.columns].flatMap(([name, { type }]) => {
    const now = after.columns.get(name)
    if (now === undefined) return [`${name} is gone`]
    return now.type === type ? [] : [`${name} is ${now.type}, and was ${type}`]
  })
  const demanded = [...after.columns].flatMap(([name, { optional }]) => {
    const wasOptional = before.columns.get(name)?.optional
    return !optional && wasOptional !== false && isKnown(name.split('.')[0]) ? [`${name} must be given`] : []
  })
  const narrowed = [...after.rules].flatMap(([name, now]) => {
    if (!isKnown(name.split(':')[0])) return []
    const was = before.rules.get(name)
    if (was === undefined) return [`${name} is new: ${now}`]
    return was === now || isWider(was, now) ? [] : [`${name} was ${was}, and is ${now}`]
  })
  return [...gone, ...demanded, ...narrowed]
}

const LITERAL = /'[^']*'/g

/** Of a check that lists what a column may hold: the same, with more in the list. */
function isWider(was: string, now: string): boolean {
  const listed = new Set(now.match(LITERAL))
  const form = (definition: string) => definition.replace(/'[^']*'::text(?:, )?/g, '')
  return form(was) === form(now) && (was.match(LITERAL) ?? []).every((literal) => listed.has(literal))
}
