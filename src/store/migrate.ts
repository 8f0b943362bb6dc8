import pg from 'pg'
import { DependencyError } from '../errors.ts'
import { createMissingBilling } from './billing-schema.ts'
import { databaseFault, databaseTrouble } from './database-fault.ts'
import { applyLedgerMigrations } from './ledger-migrations.ts'
import { migrationNames } from './migration-list.ts'
import { installQueues } from './queue-install.ts'

/** The lock that Prisma Migrate takes for its own work: neither this nor `prisma migrate deploy` gets between the other's. */
const PRISMA_MIGRATE_LOCK = 72_707_369
const CONNECT_TIMEOUT_MS = 10_000
/** For another migration to end, and for a table in use: whoever waits for a table's lock holds up all who come after. */
const LOCK_TIMEOUT_MS = 60_000
/** SQLSTATE of a table that is not there. */
const UNDEFINED_TABLE = '42P01'
/** SQLSTATE of a right that the role lacks. */
const INSUFFICIENT_PRIVILEGE = '42501'

/** What a migration did, a name each, in order; all empty where everything was up to date. */
export type Migrated = Readonly<{
  /** Relations of the starter billing schema. */
  billing: readonly string[]
  /** Migrations of the ledger. */
  ledger: readonly string[]
  /** The job engine's schema, and our queues in it. */
  queue: readonly string[]
}>

/**
 * Brings the database up to date: the ledger's migrations, the job engine's schema and queues, and on request the
 * starter billing schema. May be run again and again, and by several at once: they wait for each other. After it, the
 * service runs without any right to change a schema.
 *
 * @throws DependencyError with one line, where the database is down or refuses
 */
export async function migrate({
  url,
  withBilling,
}: Readonly<{ url: string; withBilling: boolean }>): Promise<Migrated> {
  // One connection, which holds the lock until its end, whatever that is.
  const pool = openPool(url)
  try {
    await pool.query(`SELECT pg_advisory_lock(${PRISMA_MIGRATE_LOCK})`)
    const billing = withBilling ? await createMissingBilling(pool) : []
    const ledger = await applyLedgerMigrations(pool, schemaOf(url))
    const queue = await installQueues(pool)
    return { billing, ledger, queue }
  } catch (error) {
    const grant = await missingGrant(pool, error)
    if (grant === null) throw databaseFault(error) ?? error
    const found = databaseTrouble(error)?.found ?? (error as Error).message
    throw new DependencyError(`${found}; let its owner run: ${grant}`, { cause: error })
  } finally {
    await pool.end()
  }
}

/** Whoever migrates is seldom who may grant: the statement to ask for, where a right to create is what is missing. */
async function missingGrant(pool: pg.Pool, error: unknown): Promise<string | null> {
  const message = error instanceof Error ? error.message : ''
  const [, kind, name] = /permission denied for (database|schema) (\S+)/.exec(message) ?? []
  if (kind === undefined) return null
  const { rows } = await pool.query<{ grant: string }>(
    `SELECT format('GRANT CREATE ON %s %I TO %I', $1::text, $2::text, current_user) AS grant`,
    [kind.toUpperCase(), name],
  )
  return rows[0]?.grant ?? null
}

/** The migrations of this version that the database lacks; all of them where it has never been migrated. */
export async function pendingMigrations({ url }: Readonly<{ url: string }>): Promise<readonly string[]> {
  const pool = openPool(url)
  try {
    const { rows } = await pool.query<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    )
    const applied = new Set(rows.map(({ name }) => name))
    return (await migrationNames()).filter((name) => !applied.has(name))
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return migrationNames()
    throw databaseFault(error) ?? error
  } finally {
    await pool.end()
  }
}

/**
 * Lets a command go on only where the database has every migration of this version: it would fail half way, or, finding
 * no grant to look up in the ledger, seem to have worked. A role that may not read the record of migrations passes.
 *
 * @throws DependencyError with one line, where migrations are missing or the database is down
 */
export async function requireMigrated(at: Readonly<{ url: string }>): Promise<void> {
  const pending = await pendingMigrations(at).catch((error: Error) => {
    if (error.cause instanceof pg.DatabaseError && error.cause.code === INSUFFICIENT_PRIVILEGE) return []
    throw error
  })
  if (pending.length === 0) return
  throw new DependencyError(
    `the database is not migrated (${pending.join(', ')} not applied): run credit-reminders migrate`,
  )
}

/** Prisma Migrate keeps its table in the schema that the URL names, or `public`, whatever the role's own search path is. */
function schemaOf(url: string): string {
  return new URLSearchParams(url.split('?')[1]).get('schema') ?? 'public'
}

function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'credit-reminders migrate',
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    // In the options of a session, a backslash keeps a space or a backslash from ending the option.
    options: `-c search_path=${pg.escapeIdentifier(schemaOf(url)).replace(/[\\ ]/g, '\\$&')}`,
  })
  // Without a listener, a line that breaks between two statements ends the process; the next statement tells of it.
  pool.on('error', () => {})
  return pool
}
