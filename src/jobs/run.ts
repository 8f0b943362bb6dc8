import { setTimeout } from 'node:timers/promises'
import { countDueMails, dispatchDueMails } from '../store/dispatch.ts'
import { addCounts, type DeliveryCounts } from './delivery-counts.ts'
import type { Closure } from './gate.ts'
import { type SweepOutcome, type SweepSetting, sweep } from './sweep.ts'
import type { Workers } from './workers.ts'

const LOOK_EVERY_MS = 100
/** From so many on, counting them is work of its own. */
const MANY_MAILS = 1000
/** With nothing finished for so long, the mails left are in hands that this run cannot see into. */
const NO_PROGRESS_MS = 120_000
/** One connection too many is refused while the others are served: only a gate that stays closed ends a run. */
const CLOSED_FOR_GOOD_MS = 2000

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
  await untilDelivered(setting, { ...order, now: outcome.asOf }).finally(workers.stop)
  const { unfinished } = await countDueMails(setting.db, outcome.asOf)
  const delivered = addCounts(outcome.takenBack, workers.counts())
  return { sweep: outcome, delivered, unfinished, closure: setting.gate.closure }
}

async function untilDelivered(
  { db, queue, gate, openProgress }: Parameters<typeof runOnce>[0],
  { now, asOf, signal }: Readonly<{ now: Date; asOf: Date | null; signal: AbortSignal }>,
): Promise<void> {
  let due = await countDueMails(db, now)
  const progress = openProgress('sending')
  progress.expect(due.unfinished)
  let lastProgressMs = performance.now()
  let lastOpenMs = performance.now()
  while (due.unfinished > 0 && !signal.aborted) {
    if (gate.closure === null) lastOpenMs = performance.now()
    else if (performance.now() - lastOpenMs > CLOSED_FOR_GOOD_MS) break
    // Mails in doubt, or refused with a connection, are sent again at once; no sweep is to come that would hand them out.
    if (due.givenBack > 0) await db.$transaction((tx) => dispatchDueMails(queue, tx, now, asOf))
    const pauseMs = due.unfinished > MANY_MAILS ? 10 * LOOK_EVERY_MS : LOOK_EVERY_MS
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {})
    const left = await countDueMails(db, now)
    if (left.unfinished !== due.unfinished) lastProgressMs = performance.now()
    else if (performance.now() - lastProgressMs > NO_PROGRESS_MS) break
    progress.advance(Math.max(0, due.unfinished - left.unfinished))
    due = left
  }
  progress.finish()
}
