import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { databaseFault } from '../store/database-fault.ts'
import { countDueMails } from '../store/dispatch.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { clear } from './clearing.ts'
import { addCounts, type DeliveryCounts } from './delivery-counts.ts'
import { dispatchLeft } from './dispatching.ts'
import type { Closure } from './gate.ts'
import { outlasting, type Patience } from './outlasting.ts'
import { recordedOutcome, type SweepOrder, type SweepOutcome, sweep } from './sweep.ts'
import type { SweepSetting } from './sweep-setting.ts'
import type { Workers } from './workers.ts'

const LOOK_EVERY_MS = 100
/** From so many on, counting them is work of its own. */
const MANY_MAILS = 1000
/** With nothing finished for so long, the mails left are in hands that this run cannot see into. */
const NO_PROGRESS_MS = 120_000
/** Long enough for a database that restarts. */
const OUTLAST_MS = 60_000
/** One connection too many is refused while the others are served: only a gate that stays closed ends a run. */
const CLOSED_FOR_GOOD_MS = 2000
/** A server that asks for patience gets it, for so long. */
const THROTTLED_FOR_GOOD_MS = 15 * 60_000

export type RunOutcome = Readonly<{
  sweep: SweepOutcome
  /** Those that others had left half planned, and that this run finished first. */
  finished: readonly SweepOutcome[]
  delivered: DeliveryCounts
  /** Mails that are due and not dealt with. */
  unfinished: number
  /** Why delivery stopped early; null where it did not. */
  closure: Closure | null
}>

/** One sweep, and everything that it made due delivered: by this process, and by whatever others share the queue. */
export async function runOnce(
  setting: SweepSetting &
    Readonly<{
      startWorkers: (asOf: Date | null) => Promise<Workers>
      gate: Readonly<{ closure: Closure | null }>
      log: Logger
    }>,
  order: Readonly<{ id: string; asOf: Date | null; signal: AbortSignal }>,
): Promise<RunOutcome> {
  const finished: SweepOutcome[] = []
  const outcome = await sweepOnce(setting, { ...order, finished: (other) => finished.push(other) })
  const workers = await setting.startWorkers(order.asOf)
  // Counted once the workers have stopped: stopped early, they still finish what is in flight; and at the end, the last
  // mail is in the ledger a moment before its batch has been counted.
  await untilDelivered(setting, order).finally(workers.stop)
  const { unfinished } = await outlasting(() => countDueMails(setting.db, order.asOf), counting(setting))
  await clearAtEnd(setting, order)
  const takenBack = [outcome, ...finished].map((each) => each.takenBack)
  const delivered = takenBack.reduce(addCounts, workers.counts())
  return { sweep: outcome, finished, delivered, unfinished, closure: setting.gate.closure }
}

/** What is left uncleared is for the next run: nobody's mail is worse for it. */
async function clearAtEnd(
  setting: Parameters<typeof runOnce>[0],
  { asOf, signal }: Readonly<{ asOf: Date | null; signal: AbortSignal }>,
): Promise<void> {
  if (signal.aborted) return
  try {
    await clear(setting, asOf ?? (await databaseNow(setting.db)), signal)
  } catch (error) {
    setting.log.warn({ err: databaseFault(error) ?? error }, 'what is to be kept no longer could not be cleared')
  }
}

/** The sweep, again where the database failed it: it left nothing behind, or it was made and only its answer was lost. */
async function sweepOnce(
  setting: Parameters<typeof runOnce>[0],
  order: SweepOrder & Parameters<typeof runOnce>[1],
): Promise<SweepOutcome> {
  const trySweep = async () => {
    const outcome = (await sweep(setting, order)) ?? (await recordedOutcome(setting.db, order.id))
    if (outcome === null) throw new Error(`there is no sweep ${order.id}, and was one`)
    return outcome
  }
  const { log } = setting
  return outlasting(trySweep, { what: 'the sweep', withinMs: OUTLAST_MS, log, signal: order.signal })
}

/** What is being sent meanwhile still has to be written down: a run does not end because it cannot count. */
function counting({ log }: Parameters<typeof runOnce>[0]): Patience {
  return { what: 'counting the mails that are left', withinMs: OUTLAST_MS, log }
}

async function untilDelivered(
  setting: Parameters<typeof runOnce>[0],
  { asOf, signal }: Readonly<{ asOf: Date | null; signal: AbortSignal }>,
): Promise<void> {
  const { db, gate, openProgress } = setting
  const patience = counting(setting)
  let due = await outlasting(() => countDueMails(db, asOf), patience)
  const progress = openProgress('sending')
  progress.expect(due.unfinished)
  let lastProgressMs = performance.now()
  let lastOpenMs = performance.now()
  while (due.unfinished > 0 && !signal.aborted) {
    const isThrottled = gate.closure?.reason === 'throttled'
    if (gate.closure === null) lastOpenMs = performance.now()
    else if (performance.now() - lastOpenMs > (isThrottled ? THROTTLED_FOR_GOOD_MS : CLOSED_FOR_GOOD_MS)) break
    // Mails in doubt, given back or lost by the queue: no sweep is to come that would hand them out.
    if (due.left > 0) await outlasting(() => dispatchLeft(setting, asOf), patience)
    const pauseMs = due.unfinished > MANY_MAILS ? 10 * LOOK_EVERY_MS : LOOK_EVERY_MS
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {})
    const found = await outlasting(() => countDueMails(db, asOf), patience)
    if (found.unfinished !== due.unfinished || isThrottled) lastProgressMs = performance.now()
    else if (performance.now() - lastProgressMs > NO_PROGRESS_MS) break
    progress.advance(Math.max(0, due.unfinished - found.unfinished))
    due = found
  }
  progress.finish()
}
