import cron from 'node-cron'
import type { PgBoss } from 'pg-boss'
import { v5 as uuidv5 } from 'uuid'
import type { Logger } from '../logger.ts'
import { SWEEP_QUEUE, type SweepJob } from '../store/queue.ts'

/** Any fixed UUID: slots of the same name must become the same job on every host (RFC 9562, 5.5). */
const SLOT_NAMESPACE = '0b3e3a52-5a3c-4d56-9f0e-6a1d54a5c1de'

/** The name of the slot of a cron tick: its minute in UTC, `2026-11-24T09:15Z`. */
export function slotOf(tick: Date): string {
  return `${tick.toISOString().slice(0, 16)}Z`
}

/**
 * Enqueues the sweep of each slot of the schedule. Every instance does, under the same job id: the queue keeps the
 * first, so that many instances sweep once.
 */
export function startScheduler(
  setting: Readonly<{ queue: PgBoss; schedule: string; log: Logger }>,
): Readonly<{ stop: () => Promise<void> }> {
  const { queue, schedule, log } = setting
  const task = cron.schedule(
    schedule,
    async ({ date }) => {
      const slot = slotOf(date)
      try {
        await queue.send(SWEEP_QUEUE, { slot } satisfies SweepJob, { id: uuidv5(slot, SLOT_NAMESPACE) })
        log.debug({ slot }, 'sweep enqueued')
      } catch (error) {
        // The next slot's sweep finds whatever this one would have found.
        log.error({ slot, err: error }, 'sweep could not be enqueued')
      }
    },
    { timezone: 'UTC', name: 'sweep' },
  )
  return {
    stop: async () => {
      await task.destroy()
    },
  }
}

/** Sweeps the slots that the queue hands out, one at a time. */
export async function startSweeping(
  queue: PgBoss,
  sweepSlot: (slot: string) => Promise<void>,
): Promise<Readonly<{ stop: () => Promise<void> }>> {
  let current: Promise<void> = Promise.resolve()
  await queue.work<SweepJob>(SWEEP_QUEUE, { batchSize: 1, pollingIntervalSeconds: 1 }, async ([job]) => {
    if (job === undefined) return
    current = sweepSlot(job.data.slot)
    await current
  })
  return {
    stop: async () => {
      await queue.offWork(SWEEP_QUEUE, { wait: false })
      await current.catch(() => {})
    },
  }
}
