import { setTimeout } from 'node:timers/promises'
import cron from 'node-cron'
import type { PgBoss } from 'pg-boss'
import { v5 as uuidv5 } from 'uuid'
import { slotAt } from '../domain/slot.ts'
import type { Logger } from '../logger.ts'
import { databaseFault } from '../store/database-fault.ts'
import { SWEEP_PART_QUEUE, SWEEP_QUEUE, type SweepJob, type SweepPartJob } from '../store/queue.ts'

/** Any fixed UUID: slots of the same name must become the same job on every host (RFC 9562, 5.5). */
const SLOT_NAMESPACE = '0b3e3a52-5a3c-4d56-9f0e-6a1d54a5c1de'
const RETRY_PAUSE_MS = 5000
const ASTRAY =
  'the clock of this host is ahead of the database (negative: behind) by so much; sweeps go by the database: set it right'

/**
 * Enqueues the sweep of each slot of the schedule. Every instance does, under the same job id: the queue keeps the
 * first, so that many instances sweep once.
 *
 * A slot is never too late until the next one comes: neither a host that slept or had its hands full, nor a database
 * that was away for a while, costs a schedule of one sweep a day its day.
 */
export function startScheduler(
  setting: Readonly<{
    queue: Pick<PgBoss, 'send'>
    schedule: string
    /** Asks the database what time it is. */
    now: () => Promise<Date>
    log: Logger
  }>,
): Readonly<{ stop: () => Promise<void> }> {
  const { queue, schedule, now, log } = setting
  const stopping = new AbortController()
  const pause = (ms: number) => setTimeout(ms, undefined, { signal: stopping.signal }).catch(() => {})
  let latest: Date | null = null
  const enqueue = async (tick: Date): Promise<void> => {
    latest = tick
    do {
      try {
        const { name, waitMs, astrayByMs } = slotAt(tick, { now: await now(), hostNow: new Date() })
        if (astrayByMs !== null) log.warn({ seconds: Math.round(astrayByMs / 1000) }, ASTRAY)
        // A tick of the next second that comes meanwhile has a slot of its own.
        if (waitMs > 0) await pause(waitMs)
        if (stopping.signal.aborted) return
        await queue.send(SWEEP_QUEUE, { slot: name } satisfies SweepJob, { id: uuidv5(name, SLOT_NAMESPACE) })
        return log.debug({ slot: name }, 'sweep enqueued')
      } catch (error) {
        log.error({ tick, err: databaseFault(error) ?? error }, 'sweep could not be enqueued; it is tried again')
        await pause(RETRY_PAUSE_MS)
      }
    } while (latest === tick && !stopping.signal.aborted)
  }
  const task = cron.schedule(schedule, ({ date }) => enqueue(date), {
    timezone: 'UTC',
    name: 'sweep',
    missedExecutionTolerance: Number.POSITIVE_INFINITY,
    // A slot that a later one has overtaken is no loss: that one finds whatever it would have found.
    suppressMissedWarning: true,
  })
  return {
    stop: async () => {
      stopping.abort()
      await task.destroy()
    },
  }
}

/** Sweeps the slots that the queue hands out, one at a time. */
export async function startSweeping(
  setting: Readonly<{
    queue: PgBoss
    sweepSlot: (slot: string) => Promise<void>
    /** Plans parts of a large sweep that another process has begun. */
    help: (sweepId: string, signal: AbortSignal) => Promise<void>
    log: Logger
  }>,
): Promise<Readonly<{ stop: () => Promise<void> }>> {
  const { queue, sweepSlot, help, log } = setting
  let current: Promise<void> = Promise.resolve()
  let helping: Promise<void> = Promise.resolve()
  const stopping = new AbortController()
  await queue.work<SweepJob>(SWEEP_QUEUE, { batchSize: 1, pollingIntervalSeconds: 1 }, async ([job]) => {
    if (job === undefined) return
    current = sweepSlot(job.data.slot)
    try {
      await current
    } catch (error) {
      log.error(
        { sweep: job.data.slot, err: databaseFault(error) ?? error },
        'sweep failed, and left nothing behind; it is tried again',
      )
      throw error
    }
  })
  await queue.work<SweepPartJob>(SWEEP_PART_QUEUE, { batchSize: 1, pollingIntervalSeconds: 1 }, async ([job]) => {
    if (job === undefined) return
    helping = help(job.data.sweepId, stopping.signal)
    await helping.catch((error) => {
      log.warn(
        { sweep: job.data.sweepId, err: databaseFault(error) ?? error },
        'could not help with a sweep; whoever began it goes on',
      )
    })
  })
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([SWEEP_QUEUE, SWEEP_PART_QUEUE].map((name) => queue.offWork(name, { wait: false })))
      await Promise.allSettled([current, helping])
    },
  }
}
