import pg from 'pg'
import { databaseFault } from './database-fault.ts'
import { withSessionOptions } from './session-options.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** For another import to end. */
const LOCK_TIMEOUT_MS = 10 * 60_000
/** A file may come slowly, through a pipe. */
const STATEMENT_TIMEOUT_MS = 60 * 60_000
/** Two imports at once would count, and overwrite, what the other is about to write. */
const IMPORT_LOCK = 72_707_371
/** For sorting a million keys in memory. */
const WORK_MEMORY = '64MB'

/**
 * Does `work` in one transaction of a connection of its own. Where anything fails, or the process ends, nothing of it has
 * been.
 *
 * @throws DependencyError with one line, where the database is down or refuses
 */
export async function inImportSession<T>(url: string, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: withSessionOptions(url, { readOnly: false }),
    application_name: 'credit-reminders import',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    keepAlive: true,
  })
  // Without a listener, a line that breaks between two statements ends the process; the next statement tells of it.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`BEGIN; SET LOCAL work_mem = '${WORK_MEMORY}'`)
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    throw databaseFault(error) ?? error
  } finally {
    // What is still open in the transaction is rolled back with it.
    await client.end().catch(() => {})
  }
}

/** From here on, Postgres itself refuses every write of the transaction but to tables of its own. */
export async function forbidImporting(client: pg.ClientBase): Promise<void> {
  await client.query('SET TRANSACTION READ ONLY')
}

/** Waits for other imports to end; held to the end of the transaction. */
export async function holdImportLock(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [IMPORT_LOCK])
}
