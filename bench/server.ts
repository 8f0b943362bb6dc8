import pg from 'pg'
import { migrate } from '../src/store/migrate.ts'
import { type PostgresServer, startPostgres } from '../test/support/postgres.ts'

/** Every commit is on disk before it counts, as on a server of a company's; memory and log of a small one. */
export const SERVER_SETTINGS: readonly string[] = [
  ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'],
  ...['shared_buffers=512MB', 'max_wal_size=4GB'],
]

export type BenchDatabase = Readonly<{
  url: string
  sql: (text: string, values?: unknown[]) => Promise<pg.QueryResult>
}>

export type BenchServer = AsyncDisposable &
  Readonly<{
    /** Calls `work` with a migrated database of its own, which is dropped afterwards. */
    withDatabase: <T>(work: (database: BenchDatabase) => Promise<T>) => Promise<T>
  }>

/** A PostgreSQL for one run of the benchmarks. Disposing of it ends it and removes its data. */
export async function startServer(): Promise<BenchServer> {
  const server = await startPostgres(SERVER_SETTINGS)
  let created = 0
  return {
    withDatabase: async (work) => {
      created += 1
      const name = `bench_${created}`
      await onServer(server, `CREATE DATABASE ${name}`)
      const url = server.url(name)
      await migrate({ url, withBilling: true })
      const client = new pg.Client(url)
      await client.connect()
      try {
        return await work({ url, sql: (text, values) => client.query(text, values) })
      } finally {
        await client.end()
        await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`)
      }
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** Leaves nothing to do in the background that would cost the measured work its time. */
export async function settle({ sql }: BenchDatabase): Promise<void> {
  await sql('VACUUM (ANALYZE)')
  await sql('CHECKPOINT')
}

async function onServer(server: PostgresServer, statement: string): Promise<void> {
  const client = new pg.Client(server.url('postgres'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
