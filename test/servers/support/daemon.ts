import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** A server that runs in the foreground, as a child of the tests. */
export type Daemon = Readonly<{ process: ChildProcess; ended: () => boolean }>

const PATIENCE_MS = 30_000
const LOOK_EVERY_MS = 50

/** Starts it; what it says goes to a file. */
export async function startDaemon(command: string, args: readonly string[], log: string): Promise<Daemon> {
  const file = await open(log, 'a')
  // In a group of its own, so that Ctrl-C reaches the tests, which then end it in its own way.
  const child = spawn(command, args, { stdio: ['ignore', file.fd, file.fd], detached: true })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  await Promise.race([once(child, 'spawn'), failed])
  failed.catch(() => {})
  await file.close()
  return { process: child, ended: () => child.exitCode !== null || child.signalCode !== null }
}

/** Resolves when something listens on every one of the ports. */
export async function untilListening(daemon: Daemon, ports: readonly number[], logs: readonly string[]): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  for (const port of ports) {
    while (!(await isListening(port))) {
      if (daemon.ended() || patience.aborted) {
        const said = await Promise.all(logs.map((log) => readFile(log, 'utf8').catch(() => '')))
        throw new Error(`${daemon.process.spawnfile} does not listen on ${port}:\n${said.join('\n')}`)
      }
      await setTimeout(LOOK_EVERY_MS)
    }
  }
}

export async function untilEnded({ process: child, ended }: Daemon): Promise<void> {
  if (!ended()) await once(child, 'exit')
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
