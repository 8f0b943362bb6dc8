import type { Transaction } from './database.ts'

/** What the role may do with a relation of `billing`. */
export type ReadingRight = Readonly<{
  relation: string
  read: boolean
  /** It may change rows, which this program never does. */
  write: boolean
  /** Row-level security applies to the role: rows may be hidden from it, without a word. */
  filtered: boolean
}>

/** A privilege that is needed, and missing on so many objects of a kind. */
export type Lack = Readonly<{ kind: 'schema' | 'table' | 'sequence'; privilege: string; objects: readonly string[] }>

/** The rights of this session's role on the relations of `billing`, those that there are. */
export async function readBillingRights(tx: Transaction): Promise<readonly ReadingRight[]> {
  return tx.$queryRawUnsafe<ReadingRight[]>(
    // A search reads whole rows: where the right to the table is missing, the right to every column will do.
    `SELECT n.nspname || '.' || c.relname AS relation,
            has_schema_privilege(n.oid, 'USAGE')
              AND (has_table_privilege(c.oid, 'SELECT')
                   OR (SELECT bool_and(has_column_privilege(c.oid, a.attnum, 'SELECT'))
                         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS read,
            has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS write,
            row_security_active(c.oid) AS filtered
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'billing' AND c.relname IN ('accounts', 'contacts', 'credit_grants', 'credit_usage')
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      ORDER BY c.relname`,
  )
}

/** What the service needs on each table of its own schemas, and on no other. */
const NEEDED_ON_TABLES = {
  reminders: ['SELECT', 'INSERT', 'UPDATE'],
  pgboss: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
} as const

export type OwnSchema = keyof typeof NEEDED_ON_TABLES

/** The rights that this session's role lacks on one of our own schemas; null where the schema does not exist. */
export async function readLackingRights(tx: Transaction, schema: OwnSchema): Promise<readonly Lack[] | null> {
  const [found] = await tx.$queryRawUnsafe<{ one: number }[]>(
    'SELECT 1 AS one FROM pg_namespace WHERE nspname = $1',
    schema,
  )
  if (found === undefined) return null
  return tx.$queryRawUnsafe<Lack[]>(
    `WITH tables_and_sequences AS (
       SELECT c.oid, c.relname::text AS name, c.relkind = 'S' AS is_sequence
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'S'))
     SELECT kind, privilege, array_agg(object ORDER BY object) AS objects FROM (
       SELECT 'schema' AS kind, 'USAGE' AS privilege, $1::text AS object WHERE NOT has_schema_privilege($1::text, 'USAGE')
       UNION ALL
       SELECT 'sequence', 'USAGE', name FROM tables_and_sequences
        WHERE CASE WHEN is_sequence THEN NOT has_sequence_privilege(oid, 'USAGE') ELSE false END
       UNION ALL
       SELECT 'table', privilege, name FROM tables_and_sequences, unnest($2::text[]) AS privilege
        WHERE CASE WHEN is_sequence THEN false ELSE NOT has_table_privilege(oid, privilege) END) lacks
      GROUP BY kind, privilege ORDER BY kind, privilege`,
    schema,
    NEEDED_ON_TABLES[schema],
  )
}
