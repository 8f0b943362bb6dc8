import { setTimeout } from 'node:timers/promises'
import { countUnfinished } from '../store/dispatch.ts'
import { addCounts, type DeliveryCounts } from './delivery-counts.ts'
import type { Closure } from './gate.ts'
import { type SweepOutcome, type SweepSetting, sweep } from './sweep.ts'
import type { Workers } from './workers.ts'

const LOOK_EVERY_MS = 100
/** From so many on, counting them is work of its own. */
const MANY_MAILS = 1000
/** With nothing finished for so long, the mails left are in hands that this run cannot see into. */
const NO_PROGRESS_MS = 120_000

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
    Readonly<{ startWorkers: () => Promise<Workers>; gate: Readonly<{ closure: Closure | null }> }>,
  order: Readonly<{ id: string; asOf: Date | null; signal: AbortSignal }>,
): Promise<RunOutcome> {
  const outcome = await sweep(setting, order)
  if (outcome === null) throw new Error(`sweep ${order.id} was there already`)
  const workers = await setting.startWorkers()
  // Counted once the workers have stopped: stopped early, they still finish what is in flight; and at the end, the last
  // mail is in the ledger a moment before its batch has been counted.
  await untilDelivered(setting, outcome.asOf, order.signal).finally(workers.stop)
  const unfinished = await countUnfinished(setting.db, outcome.asOf)
  const delivered = addCounts(outcome.takenBack, workers.counts())
  return { sweep: outcome, delivered, unfinished, closure: setting.gate.closure }
}

async function untilDelivered(
  { db, gate, openProgress }: Parameters<typeof runOnce>[0],
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  let unfinished = await countUnfinished(db, now)
  const progress = openProgress('sending')
  progress.expect(unfinished)
  let lastProgressMs = performance.now()
  while (unfinished > 0 && gate.closure === null && !signal.aborted) {
    await setTimeout(unfinished > MANY_MAILS ? 10 * LOOK_EVERY_MS : LOOK_EVERY_MS, undefined, { signal }).catch(
      () => {},
    )
    const left = await countUnfinished(db, now)
    if (left !== unfinished) lastProgressMs = performance.now()
    else if (performance.now() - lastProgressMs > NO_PROGRESS_MS) break
    progress.advance(Math.max(0, unfinished - left))
    unfinished = left
  }
  progress.finish()
}
