import { setTimeout } from 'node:timers/promises'
import { openForDelivery } from '../compose.ts'
import { readEnvironment } from '../config/environment.ts'
import { startWaitingServer } from '../http/waiting.ts'
import { createLogger } from '../logger.ts'
import { isPassing } from '../store/database-fault.ts'
import { onStopSignals } from './stop-signals.ts'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

type Opened = Awaited<ReturnType<typeof openForDelivery>>

/**
 * Opens what the service needs, and waits for a database that is away: whoever started it need not do so again and again.
 * What only a person can mend (a wrong password, a database that is not migrated) is thrown.
 *
 * @returns null where it was told to stop before the database came
 */
export async function openWhenThere(name: string): Promise<Opened | null> {
  try {
    return await openForDelivery(name)
  } catch (error) {
    if (!isPassing(error)) throw error
    return waitAndOpen(name, error as Error)
  }
}

async function waitAndOpen(name: string, fault: Error): Promise<Opened | null> {
  const { HTTP_HOST: host, HTTP_PORT: port, LOG_LEVEL: level, LOG_FORMAT: format } = readEnvironment(process.env)
  const log = createLogger({ level, format })
  const stopping = new AbortController()
  using _signals = onStopSignals({ first: () => stopping.abort() })
  let latest = fault
  await using resources = new AsyncDisposableStack()
  const server = await startWaitingServer({ host, port, obstacle: () => latest.message })
  resources.defer(server.close)
  log.info({ url: server.url }, 'waiting for the database')
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
    log.warn({ err: latest }, `the service waits; it tries again in ${pauseMs / 1000} s`)
    await setTimeout(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
    if (stopping.signal.aborted) return null
    try {
      const opened = await openForDelivery(name)
      if (!stopping.signal.aborted) return opened
      await opened[Symbol.asyncDispose]()
      return null
    } catch (error) {
      if (!isPassing(error)) throw error
      latest = error as Error
    }
  }
}
