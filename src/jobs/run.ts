import { setTimeout } from 'node:timers/promises'
import { databaseFault } from '../store/database-fault.ts'
import { countDueMails, dispatchDueMails } from '../store/dispatch.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { addCounts, type DeliveryCounts } from './delivery-counts.ts'
import type { Closure } from './gate.ts'
import { type SweepOutcome, type SweepSetting, sweep } from './sweep.ts'
import type { Workers } from './workers.ts'

const LOOK_EVERY_MS = 100
/** From so many on, counting them is work of its own. */
const MANY_MAILS = 1000
/** With nothing finished for so long, the mails left are in hands that this run cannot see into. */
const NO_PROGRESS_MS = 120_000
/** Long enough for a database that restarts. */
const OUTLAST_MS = 60_000
const OUTLAST_PAUSE_MS = 1000
const DISPATCH_TIMEOUT_MS = 10 * 60_000
/** One connection too many is refused while the others are served: only a gate that stays closed ends a run. */
const CLOSED_FOR_GOOD_MS = 2000
/** A server that asks for patience gets it, for so long. */
const THROTTLED_FOR_GOOD_MS = 15 * 60_000

export type RunOutcome = Readonly<{
  sweep: SweepOutcome
  delivered: DeliveryCounts
  /** Mails that are due and not dealt with. */
  unfinished: number
  /** Why delivery stopped early; null where it did not. */
  closure: Closure | null
}>

/** One sweep, and everything that it made due delivered: by this process, and by whatever others share the queue. */
export async function runOnce(
  setting: SweepSetting &
    Readonly<{ startWorkers: (asOf: Date | null) => Promise<Workers>; gate: Readonly<{ closure: Closure | null }> }>,
  order: Readonly<{ id: string; asOf: Date | null; signal: AbortSignal }>,
): Promise<RunOutcome> {
  const outcome = await sweep(setting, order)
  if (outcome === null) throw new Error(`sweep ${order.id} was there already`)
  const workers = await setting.startWorkers(order.asOf)
  // Counted once the workers have stopped: stopped early, they still finish what is in flight; and at the end, the last
  // mail is in the ledger a moment before its batch has been counted.
  await untilDelivered(setting, order).finally(workers.stop)
  const { unfinished } = await countDueMails(setting.db, order.asOf)
  const delivered = addCounts(outcome.takenBack, workers.counts())
  return { sweep: outcome, delivered, unfinished, closure: setting.gate.closure }
}

async function untilDelivered(
  setting: Parameters<typeof runOnce>[0],
  { asOf, signal }: Readonly<{ asOf: Date | null; signal: AbortSignal }>,
): Promise<void> {
  const { db, gate, openProgress } = setting
  let due = await countDueMails(db, asOf)
  const progress = openProgress('sending')
  progress.expect(due.unfinished)
  let lastProgressMs = performance.now()
  let lastOpenMs = performance.now()
  while (due.unfinished > 0 && !signal.aborted) {
    const isThrottled = gate.closure?.reason === 'throttled'
    if (gate.closure === null) lastOpenMs = performance.now()
    else if (performance.now() - lastOpenMs > (isThrottled ? THROTTLED_FOR_GOOD_MS : CLOSED_FOR_GOOD_MS)) break
    // Mails in doubt, given back or lost by the queue: no sweep is to come that would hand them out.
    if (due.left > 0) await outlasting(() => dispatchLeft(setting, asOf))
    const pauseMs = due.unfinished > MANY_MAILS ? 10 * LOOK_EVERY_MS : LOOK_EVERY_MS
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {})
    const found = await outlasting(() => countDueMails(db, asOf))
    if (found.unfinished !== due.unfinished || isThrottled) lastProgressMs = performance.now()
    else if (performance.now() - lastProgressMs > NO_PROGRESS_MS) break
    progress.advance(Math.max(0, due.unfinished - found.unfinished))
    due = found
  }
  progress.finish()
}

function dispatchLeft({ db, queue }: SweepSetting, asOf: Date | null): Promise<number> {
  return db.$transaction(async (tx) => dispatchDueMails(queue, tx, { now: asOf ?? (await databaseNow(tx)), asOf }), {
    timeout: DISPATCH_TIMEOUT_MS,
  })
}

/** Tries again while the database is away for a moment: what is being sent still has to be written down. */
async function outlasting<T>(work: () => Promise<T>): Promise<T> {
  for (let leftMs = OUTLAST_MS; ; leftMs -= OUTLAST_PAUSE_MS) {
    try {
      return await work()
    } catch (error) {
      if (databaseFault(error) === null || leftMs <= 0) throw error
      await setTimeout(OUTLAST_PAUSE_MS)
    }
  }
}
