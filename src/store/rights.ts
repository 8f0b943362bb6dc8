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

/** A relation, and what the role lacks of the privileges that are needed on it. */
export type Lack = Readonly<{ object: string; privileges: readonly string[] }>

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

/** The rights that this session's role lacks on one of our own schemas; empty where it lacks none. */
export async function readLackingRights(tx: Transaction, schema: OwnSchema): Promise<readonly Lack[]> {
  return tx.$queryRawUnsafe<Lack[]>(
    `SELECT object, privileges FROM (
       SELECT 'schema ' || n.nspname AS object, CASE WHEN has_schema_privilege(n.oid, 'USAGE') THEN '{}' ELSE '{USAGE}' END::text[] AS privileges
         FROM pg_namespace n WHERE n.nspname = $1
       UNION ALL
       SELECT n.nspname || '.' || c.relname,
              CASE WHEN c.relkind = 'S'
                   THEN CASE WHEN has_sequence_privilege(c.oid, 'USAGE') THEN '{}' ELSE '{USAGE}' END::text[]
                   ELSE ARRAY(SELECT p FROM unnest($2::text[]) p WHERE NOT has_table_privilege(c.oid, p)) END
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'S')) rights
      WHERE privileges <> '{}' ORDER BY object`,
    schema,
    NEEDED_ON_TABLES[schema],
  )
}
