import type { Transaction } from './database.ts'

/** A table or view of the company's own, with its columns in their order. */
export type ForeignRelation = Readonly<{ relation: string; name: string; columns: readonly string[] }>

/** Names of columns without one of which a relation is no accounts, no contacts and no grants. */
const TELLING_COLUMN = '(expir|valid_?(until|to|till)|ends?_?(at|on|date)$|mail)'
const ACCOUNTS_NAME = '(account|customer|organi[sz]ation|tenant|compan|workspace|team|client)'
/** A database may hold thousands of tables; nobody reads that many suggestions. */
const MAX_RELATIONS = 500

/**
 * The relations that may be what `billing` should show, by the names of their columns, and those of the given names. The
 * catalog shows also what the role may not read.
 */
export async function readLookAlikes(tx: Transaction, names: readonly string[]): Promise<readonly ForeignRelation[]> {
  return tx.$queryRawUnsafe<ForeignRelation[]>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation, c.relname::text AS name,
            array_agg(a.attname::text ORDER BY a.attnum) AS columns
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND NOT (n.nspname = 'billing' AND c.relname IN ('accounts', 'contacts', 'credit_grants', 'credit_usage'))
        AND n.nspname NOT IN ('reminders', 'pgboss', 'information_schema') AND n.nspname !~ '^pg_'
      GROUP BY c.oid, n.nspname, c.relname
     HAVING bool_or(a.attname ~* $1) OR c.relname ~* $2 OR c.relname = ANY($3::text[])
      ORDER BY n.nspname, c.relname
      LIMIT ${MAX_RELATIONS}`,
    TELLING_COLUMN,
    ACCOUNTS_NAME,
    names,
  )
}
