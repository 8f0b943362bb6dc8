import cron from 'node-cron'
import type { PgBoss } from 'pg-boss'
import { v5 as uuidv5 } from 'uuid'
import type { Logger } from '../logger.ts'
import { databaseFault } from '../store/database-fault.ts'
import { CLEARING_QUEUE, type ClearingJob } from '../store/queue.ts'

/** In UTC; beside the full hours, at which everybody's jobs begin. */
const NIGHTLY = '17 3 * * *'
/** Any fixed UUID: nights of the same name must become the same job on every host (RFC 9562, 5.5). */
const NIGHT_NAMESPACE = '8d0a0a0e-3a0e-4a52-9a53-5b6d7a0fbb1e'

/**
 * Has the clearing of each night done, once in a fleet: every instance enqueues it under an id made from the date, and the
 * queue keeps the first. One that was off in the night makes up for it when it starts.
 */
export async function startClearing(
  setting: Readonly<{
    queue: PgBoss
    /** Asks the database what time it is. */
    now: () => Promise<Date>
    clear: (now: Date, signal: AbortSignal) => Promise<unknown>
    log: Logger
  }>,
): Promise<Readonly<{ stop: () => Promise<void> }>> {
  const { queue, now, clear, log } = setting
  const stopping = new AbortController()
  let current: Promise<unknown> = Promise.resolve()
  const enqueue = async (): Promise<void> => {
    try {
      const night = (await now()).toISOString().slice(0, 10)
      await queue.send(CLEARING_QUEUE, { night } satisfies ClearingJob, { id: uuidv5(night, NIGHT_NAMESPACE) })
    } catch (error) {
      log.warn(
        { err: databaseFault(error) ?? error },
        'the clearing of the night could not be enqueued; the next one does it',
      )
    }
  }
  await enqueue()
  await queue.work<ClearingJob>(CLEARING_QUEUE, { batchSize: 1, pollingIntervalSeconds: 30 }, async ([job]) => {
    if (job === undefined) return
    current = now().then((at) => clear(at, stopping.signal))
    try {
      await current
      // What is left of this night is another instance's, or this one's when it starts again.
      if (stopping.signal.aborted) throw new Error('stopped before it was done')
    } catch (error) {
      log.warn({ night: job.data.night, err: databaseFault(error) ?? error }, 'clearing failed; it is tried again')
      throw error
    }
  })
  const task = cron.schedule(NIGHTLY, enqueue, { timezone: 'UTC', name: 'clearing', suppressMissedWarning: true })
  return {
    stop: async () => {
      stopping.abort()
      await task.destroy()
      await queue.offWork(CLEARING_QUEUE, { wait: false })
      await Promise.allSettled([current])
    },
  }
}
