import { DependencyError } from '../errors.ts'
import type { Transaction } from './database.ts'
import { readServerFacts } from './server-facts.ts'

/** What the role may do with a relation of `billing`. */
export type ReadingRight = Readonly<{
  relation: string
  read: boolean
  /** It may change rows, which this program never does but where it imports. */
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

/** Where rows are removed once their time is over (`retention`), and on no other. */
const EMPTIED_TABLES = [
  'attempts',
  'decisions',
  'mail_copies',
  'mails',
  'notices',
  'reports',
  'rule_sets',
  'sweep_parts',
  'sweeps',
] as const

export type OwnSchema = keyof typeof NEEDED_ON_TABLES

/** What nobody's mail waits for: without it, mails say nothing of what will be used. */
export const USAGE_RELATION = 'billing.credit_usage'

/** What is the program's own. */
export const OWN_SCHEMAS = Object.keys(NEEDED_ON_TABLES) as readonly OwnSchema[]

/** What a role may not do, and the statements that let it. */
export type Denial = Readonly<{ found: string; grants: readonly string[] }>

/**
 * Lets the service start only under a role that may do its work: it would say that it is ready, and fail at every sweep.
 *
 * @param removes whether rows are to be removed once their time is over
 * @throws DependencyError with a line per fault, which ends with what to grant
 */
export async function requireRights(tx: Transaction, removes: boolean): Promise<void> {
  const { role, quotedRole } = await readServerFacts(tx)
  const reading = (await readBillingRights(tx)).filter(({ relation }) => relation !== USAGE_RELATION)
  const denials = [readingDenial(reading, quotedRole)]
  for (const schema of OWN_SCHEMAS)
    denials.push(denialOf((await readLackingRights(tx, schema)) ?? [], schema, quotedRole))
  if (removes) denials.push(await readRemovalDenial(tx, quotedRole))
  const lines = denials
    .filter((denial) => denial !== null)
    .map(({ found, grants }) => `the database role ${role} ${found}; ${grants.join('; ')}`)
  if (lines.length > 0) throw new DependencyError(lines)
}

/** What the role may not read of `billing`; null where it may read all. */
export function readingDenial(rights: readonly ReadingRight[], quotedRole: string): Denial | null {
  const unreadable = rights.filter(({ read }) => !read).map(({ relation }) => relation)
  if (unreadable.length === 0) return null
  const relations = unreadable.join(', ')
  const grants = [`GRANT USAGE ON SCHEMA billing TO ${quotedRole}`, `GRANT SELECT ON ${relations} TO ${quotedRole}`]
  return { found: `may not read ${relations}`, grants }
}

/** What the role lacks on one of our own schemas; null where it lacks nothing. */
export function denialOf(lacks: readonly Lack[], schema: OwnSchema, quotedRole: string): Denial | null {
  if (lacks.length === 0) return null
  return {
    found: `lacks ${lacks.map((lack) => `${lack.privilege} on ${objectsOf(lack, schema)}`).join(', ')}`,
    grants: lacks.map((lack) => `GRANT ${lack.privilege} ON ${grantedOn(lack, schema)} TO ${quotedRole}`),
  }
}

/** What the role lacks to remove rows whose time is over; null where it lacks nothing. */
export async function readRemovalDenial(tx: Transaction, quotedRole: string): Promise<Denial | null> {
  const rows = await tx.$queryRawUnsafe<{ name: string }[]>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'reminders' AND c.relname = ANY($1::text[]) AND NOT has_table_privilege(c.oid, 'DELETE')
      ORDER BY c.relname`,
    EMPTIED_TABLES,
  )
  if (rows.length === 0) return null
  const tables = rows.map(({ name }) => name).join(', ')
  return {
    found: `lacks DELETE on ${tables}, which retention needs`,
    grants: [`GRANT DELETE ON ${tables} TO ${quotedRole}`],
  }
}

function objectsOf({ kind, objects }: Lack, schema: OwnSchema): string {
  if (kind === 'schema') return `schema ${schema}`
  const [first] = objects
  return objects.length === 1 ? `${schema}.${first}` : `${objects.length} ${kind}s of ${schema}`
}

function grantedOn({ kind }: Lack, schema: OwnSchema): string {
  return kind === 'schema' ? `SCHEMA ${schema}` : `ALL ${kind.toUpperCase()}S IN SCHEMA ${schema}`
}

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
