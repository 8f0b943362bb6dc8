import { type Logger, safeError } from '../logger.ts'
import { databaseFault } from './database-fault.ts'

const REPEATED_AFTER_MS = 10_000
const MAX_REMEMBERED = 100
/** The library adds who complains, which is each of the workers. */
const WHO = / \(Queue: [^)]*\)/

/**
 * Logs what the queue complains of. Its workers say the same twice a second each, for as long as a database is away: that
 * is written once in ten seconds.
 */
export function complaintsTo(log: Pick<Logger, 'error'>): (error: unknown) => void {
  const saidAtMs = new Map<string, number>()
  return (error) => {
    const { type, message } = safeError(databaseFault(error) ?? error)
    const said = { name: type, message: message.replace(WHO, '') }
    const nowMs = performance.now()
    if (nowMs - (saidAtMs.get(said.message) ?? Number.NEGATIVE_INFINITY) < REPEATED_AFTER_MS) return
    if (saidAtMs.size >= MAX_REMEMBERED) saidAtMs.clear()
    saidAtMs.set(said.message, nowMs)
    log.error({ err: said }, 'queue')
  }
}
