import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

/** A server of many processes, all of which end with the tests, however these end. */
export type Daemon = Readonly<{ command: string; stop: () => Promise<void>; hasEnded: () => boolean }>

export type DaemonCommands = Readonly<{
  /** Runs it in the foreground. */
  start: readonly string[]
  /** Ends it. */
  stop: readonly string[]
}>

const PATIENCE_MS = 30_000
const LOOK_EVERY_MS = 50

/**
 * Starts the one, waits on a pipe from these tests, and then runs the other. The pipe breaks when they are done, and also
 * where they are killed: no server is left behind.
 */
const SHELL = `
  stop=$1; shift
  "$@" 3<&- & server=$!
  { cat >/dev/null; $stop; } <&3 3<&- &
  wait $server
`

/** What it says goes to a file. */
export async function startDaemon({ start, stop }: DaemonCommands, log: string): Promise<Daemon> {
  const file = await open(log, 'a')
  // In a group of its own: Ctrl-C is for the tests.
  const shell = spawn('sh', ['-c', SHELL, 'sh', stop.join(' '), ...start], {
    stdio: ['ignore', file.fd, file.fd, 'pipe'],
    detached: true,
  })
  await once(shell, 'spawn')
  await file.close()
  const hasEnded = () => shell.exitCode !== null || shell.signalCode !== null
  return {
    command: start.join(' '),
    hasEnded,
    stop: async () => {
      const ended = hasEnded() ? null : once(shell, 'exit')
      const pipe = shell.stdio[3] as Writable
      pipe.end()
      await ended
    },
  }
}

/** Resolves when something listens on every one of the ports. */
export async function untilListening(daemon: Daemon, ports: readonly number[], logs: readonly string[]): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  for (const port of ports) {
    while (!(await isListening(port))) {
      if (daemon.hasEnded() || patience.aborted) {
        const said = await Promise.all(logs.map((log) => readFile(log, 'utf8').catch(() => '')))
        throw new Error(`nobody listens on ${port} after ${daemon.command}:\n${said.join('\n')}`)
      }
      await setTimeout(LOOK_EVERY_MS)
    }
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
