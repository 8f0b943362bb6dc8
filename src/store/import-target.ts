import type pg from 'pg'
import { DependencyError } from '../errors.ts'
import type { ImportTable } from './import-table.ts'

type Target = Readonly<{
  isTable: boolean
  maySee: boolean
  mayWrite: boolean
  columns: readonly Readonly<{ name: string; type: string; isForced: boolean }>[]
  /** The columns of each unique index without a condition. */
  keys: readonly (readonly string[])[]
  quotedRole: string
}>

/**
 * Lets an import go on only into tables as `migrate --with-billing` makes them: elsewhere an amount could be rounded, a
 * row be refused half way, or another program's data be changed.
 *
 * @param isRead the table is only looked up in, and may be a view
 * @throws DependencyError with one line, which ends with what to do
 */
export async function requireImportTarget(
  client: pg.ClientBase,
  table: ImportTable,
  { isRead }: Readonly<{ isRead: boolean }>,
): Promise<void> {
  const name = `billing.${table.table}`
  const target = await readTarget(client, table)
  if (target === null) {
    throw new DependencyError(`there is no table ${name}: run credit-reminders migrate --with-billing`)
  }
  const { quotedRole } = target
  if (!target.maySee) {
    throw new DependencyError(
      `the database role ${quotedRole} may not read ${name}: GRANT USAGE ON SCHEMA billing TO ${quotedRole}; GRANT SELECT ON ${name} TO ${quotedRole}`,
    )
  }
  if (isRead) return
  if (!target.isTable) {
    throw new DependencyError(`${name} is a view over other tables; import into those, by whatever fills them`)
  }
  const fault = shapeFault(target, table)
  if (fault !== null) {
    throw new DependencyError(
      `${name} is no table of the starter schema: ${fault}; fill it by whatever made it, or import into a database where migrate --with-billing made it`,
    )
  }
  if (!target.mayWrite) {
    throw new DependencyError(
      `the database role ${quotedRole} may not write ${name}: import as the role that migrates, or GRANT INSERT, UPDATE ON ${name} TO ${quotedRole}`,
    )
  }
}

function shapeFault({ columns, keys }: Target, { key, columns: needed }: ImportTable): string | null {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const different = needed.find(({ name, type }) => types.get(name) !== type)
  if (different !== undefined) {
    const { name, type } = different
    return types.has(name) ? `its column ${name} is ${types.get(name)}, not ${type}` : `it has no column ${name}`
  }
  const forced = columns.find(({ name, isForced }) => isForced && !needed.some((column) => column.name === name))
  if (forced !== undefined) return `its column ${forced.name} needs a value that no file has`
  const isUnique = keys.some((columnsOf) => columnsOf.toSorted().join() === key.toSorted().join())
  return isUnique ? null : `it has no primary key (${key.join(', ')})`
}

async function readTarget(client: pg.ClientBase, { table }: ImportTable): Promise<Target | null> {
  const { rows } = await client.query<Target>(
    `SELECT c.relkind IN ('r', 'p') AS "isTable",
            has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "maySee",
            has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AS "mayWrite",
            quote_ident(current_user) AS "quotedRole",
            (SELECT json_agg(json_build_object(
                      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                      'isForced', a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''))
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
            coalesce((SELECT json_agg((SELECT json_agg(a.attname) FROM pg_attribute a
                                        WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey)))
                        FROM pg_index i
                       WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL), '[]') AS keys
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'billing' AND c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [table],
  )
  return rows[0] ?? null
}
