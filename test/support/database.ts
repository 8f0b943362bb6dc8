import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'

export type TestDatabase = AsyncDisposable &
  Readonly<{
    url: string
    /** As the server's superuser, beside the program. */
    sql: <Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>
    /** As the program has it. */
    db: Database
    /** Ends every session in it, and drops it. */
    drop: () => Promise<void>
  }>

/**
 * A database of the caller's own, migrated and with an empty `billing` schema; or, `bare`, as Postgres makes it.
 *
 * For a whole file: `const database = await testDatabase()` at its top, and `afterAll(database.drop)`. For one test:
 * `await using database = await testDatabase()`.
 */
export async function testDatabase({ bare = false }: Readonly<{ bare?: boolean }> = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${bare ? 'template0' : inject('templateDatabase')}`)
  const url = urlOf(name)
  const pool = new pg.Pool({ connectionString: url, max: 5 })
  // Dropping the database ends its sessions.
  pool.on('error', () => {})
  const db = await openDatabase({ url, maxConnections: 5, applicationName: 'test' })
  const drop = async () => {
    await Promise.all([pool.end(), db.$disconnect()])
    await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
  return {
    url,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    db,
    drop,
    [Symbol.asyncDispose]: drop,
  }
}

/** The same database, as another role of the server. */
export function urlAs(url: string, user: string, password: string): string {
  const changed = new URL(url)
  changed.username = user
  changed.password = password
  return changed.href
}

/** The same URL with one more parameter. */
export function urlWith(url: string, name: string, value: string): string {
  const changed = new URL(url)
  changed.searchParams.set(name, value)
  return changed.href
}

function urlOf(database: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = database
  return url.href
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(inject('postgresUrl'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
