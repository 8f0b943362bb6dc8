import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DependencyError } from '../errors.ts'

export type PostgresServer = Readonly<{
  /** The URL of one of its databases, as its superuser. */
  url: (database: string) => string
  /** A folder of its own, which goes when it ends; others may put there what is to go with it. */
  folder: string
  /** Ends the server and removes its data. */
  stop: () => Promise<void>
}>

/** What the keeper says once: how to reach the server, or why there is none. */
export type KeeperMessage = Readonly<{ folder: string; port: number; password: string }> | Readonly<{ fault: string }>

/**
 * Starts a real PostgreSQL on a free port of loopback, with a data folder of its own. It ends with `stop`, and also
 * with this process, however that ends: see the keeper.
 *
 * @param settings its parameters, where they are to be other than those of a throwaway server, as `name=value`
 * @throws DependencyError where it does not start
 */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  // The build makes JavaScript of both files.
  const keeperFile = new URL(`./postgres-keeper${extname(import.meta.url)}`, import.meta.url)
  const keeper = fork(fileURLToPath(keeperFile), settings, {
    // A session of its own: Ctrl-C at the terminal reaches only us, and we end it in our own order.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  const ended = once(keeper, 'exit')
  const message = await Promise.race([
    once(keeper, 'message').then(([said]) => said as KeeperMessage),
    ended.then(() => ({ fault: 'it ended without a word' })),
  ])
  if ('fault' in message)
    throw new DependencyError(
      `PostgreSQL did not start: ${message.fault.replace(/\s+/g, ' ').trim()}; is there room in ${tmpdir()}?`,
    )
  const { folder, port, password } = message
  // A server that nobody stops keeps no process alive: it is stopped when that one ends.
  keeper.unref()
  keeper.channel?.unref()
  return {
    // Said outright, because the driver would let the caller's PGSSLMODE decide.
    url: (database) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}?sslmode=disable`,
    folder,
    stop: async () => {
      keeper.ref()
      if (keeper.connected) keeper.disconnect()
      await ended
    },
  }
}
