import { PrismaPg } from '@prisma/adapter-pg'
import { databaseFault } from './database-fault.ts'
import { type Prisma, PrismaClient } from './generated/client.ts'
import { withSessionOptions } from './session-options.ts'

/** Waiting for the server, or for one of the pool's own connections. */
const CONNECT_TIMEOUT_MS = 10_000
/** A statement that runs for longer is lost. Sweeps wait for each other in one, and the longest of them may take this. */
const STATEMENT_TIMEOUT_MS = 60 * 60_000
/** A process that froze within a transaction gives its locks back. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5 * 60_000

/** A line that has been quiet for so long is asked for a sign of life: a server that vanished says no goodbye. */
const QUIET_LINE_MS = 10_000

/** The database client; inside `$transaction` it is a `Transaction`. */
export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

export type DatabaseOptions = Readonly<{
  url: string
  maxConnections: number
  /** How `pg_stat_activity` names these sessions. */
  applicationName: string
  /** Sessions in which Postgres itself refuses every write. */
  readOnly?: boolean
}>

/**
 * Connects, so that a database which is down or refuses us is known at once. `$disconnect()` closes it.
 *
 * @throws DependencyError with one line that says what is wrong, without the password
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const db = new PrismaClient({ adapter: new PrismaPg(poolConfig(options)), errorFormat: 'minimal' })
  try {
    await ping(db)
  } catch (error) {
    await db.$disconnect()
    throw databaseFault(error) ?? error
  }
  return db
}

/** Asks the server for a sign of life; throws what it or the line says instead. */
export async function ping(db: Database): Promise<void> {
  await db.$queryRawUnsafe('SELECT 1 AS one')
}

/** From here on, Postgres itself refuses every write of the transaction. */
export async function forbidWrites(tx: Transaction): Promise<void> {
  await tx.$executeRawUnsafe('SET TRANSACTION READ ONLY')
}

function poolConfig({ url, maxConnections, applicationName, readOnly = false }: DatabaseOptions) {
  return {
    connectionString: withSessionOptions(url, { readOnly }),
    max: maxConnections,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: QUIET_LINE_MS,
  }
}
