import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { databaseFault, isPassing } from '../store/database-fault.ts'

/** A deadlock is over at once, a restart in seconds, a disk that is full when somebody comes. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

export type Patience = Readonly<{
  /** What failed, in the log: `the sweep`. */
  what: string
  /** For how long it is tried again before the fault is thrown. */
  withinMs: number
  log: Pick<Logger, 'warn'>
  /** Ends the patience, though not the work. */
  signal?: AbortSignal
}>

/**
 * Does the work, and does it again after pauses that grow, while the database is away, full, or lets others go first. The
 * work must be safe to repeat, also where it was done and only its answer was lost.
 */
export async function outlasting<T>(work: () => Promise<T>, { what, withinMs, log, signal }: Patience): Promise<T> {
  const givesUpAtMs = performance.now() + withinMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await work()
    } catch (error) {
      const isOver = signal?.aborted || performance.now() + pauseMs > givesUpAtMs
      if (!isPassing(error) || isOver) throw error
      log.warn({ err: databaseFault(error) ?? error }, `${what} failed, and is tried again in ${pauseMs / 1000} s`)
      await setTimeout(pauseMs, undefined, { signal }).catch(() => {})
    }
  }
}
