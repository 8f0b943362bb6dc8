import { setTimeout } from 'node:timers/promises'
import type { FirstSweep } from '../domain/first-sweep.ts'
import { momentAt } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { dispatchDueMails, dispatchMailsOf } from '../store/dispatch.ts'
import { readForgottenReach, requireRemembered } from '../store/remembered.ts'
import { abandonSplit, releaseSplitMails } from '../store/split-sweeps.ts'
import { freeSweepId, isSweepOf } from '../store/sweep-ids.ts'
import {
  closeSweep,
  databaseNow,
  findSweep,
  lastSweepBefore,
  lockSweeps,
  openSweep,
  type SweepCounts,
} from '../store/sweep-ledger.ts'
import { findPlanningSweep, type PlanningSweep } from '../store/sweep-parts.ts'
import { recoverAbandoned } from './abandoned.ts'
import { type DeliveryCounts, NO_DELIVERY } from './delivery-counts.ts'
import { concludeFirstSweep, countFirstSweep } from './first-sweep.ts'
import { judgeSweep } from './guard.ts'
import { planAndWrite } from './plan-and-write.ts'
import type { Progress } from './progress.ts'
import { joinParts, LOOK_EVERY_MS, lookForPlanners, planParts, plansAlike, splitLargeSweep } from './split-sweep.ts'
import type { SweepSetting } from './sweep-setting.ts'

/** Long enough for the largest base; a sweep that hangs longer gives the lock back. */
const SWEEP_TIMEOUT_MS = 60 * 60_000

export type SweepOutcome = Readonly<{
  id: string
  asOf: Date
  counts: SweepCounts
  heldBecause: string | null
  /** Of the ledger's first sweep, what it tells and what it leaves alone; null of every later one. */
  first: FirstSweep | null
  /** Mails handed to delivery: this sweep's, and earlier ones whose retry was due. */
  dispatched: number
  /** What became of mails that were found in the hands of workers long gone. */
  takenBack: DeliveryCounts
}>

/**
 * One sweep: everything due at its time is written to the ledger and handed to the queue, in one transaction; or, above
 * its limits, written and held. A sweep of an id that the ledger has already does nothing and answers null.
 *
 * One that looks at more than `grantsPerPart` grants is planned in parts, a transaction each, by whatever processes have
 * time; its mails are kept back until the last transaction, which judges the whole and lets it go. One that was left half
 * planned is finished first, by whoever sweeps next; or given up, where that one plans otherwise and nobody works at it.
 */
export async function sweep(setting: SweepSetting, order: SweepOrder): Promise<SweepOutcome | null> {
  const progress = setting.openProgress('planning')
  const isInOtherHands = lookForPlanners()
  try {
    for (;;) {
      const begun = await begin(setting, order, { progress, isInOtherHands })
      if ('outcome' in begun) return begun.outcome
      if ('waits' in begun) await setTimeout(LOOK_EVERY_MS)
      else {
        await planParts(setting, begun.planning, progress.advance)
        const closed = await closeSplit(setting, begun.planning)
        if (closed !== null && isSweepOf(closed.outcome.id, order.id)) return closed.outcome
        if (closed?.isByUs) order.finished?.(closed.outcome)
      }
    }
  } finally {
    progress.finish()
  }
}

export type SweepOrder = Readonly<{
  id: string
  /** The business time; null for the database's clock. */
  asOf: Date | null
  /** Is told of each sweep that others had left half planned, and that was finished on the way. */
  finished?: (outcome: SweepOutcome) => void
}>

type Begun = Readonly<{ outcome: SweepOutcome | null } | { planning: PlanningSweep } | { waits: true }>

function begin(
  setting: SweepSetting,
  order: SweepOrder,
  { progress, isInOtherHands }: Readonly<{ progress: Progress; isInOtherHands: ReturnType<typeof lookForPlanners> }>,
): Promise<Begun> {
  return inTransaction(setting, async (tx): Promise<Begun> => {
    await lockSweeps(tx)
    const unfinished = await findPlanningSweep(tx)
    if (unfinished !== null && plansAlike(setting, unfinished)) return { planning: unfinished }
    if (unfinished !== null) {
      // Two that plan otherwise and give up each other's sweeps would never come to the end of one.
      if (await isInOtherHands(tx, unfinished.id)) return { waits: true }
      await abandonSplit(tx, unfinished.id, await databaseNow(tx))
    }
    const id = await freeSweepId(tx, order.id)
    if (id === null) return { outcome: null }
    const asOf = order.asOf ?? (await databaseNow(tx))
    const moment = momentAt(setting.rules, asOf, await lastSweepBefore(tx, asOf))
    await requireRemembered(tx, moment)
    const first = await countFirstSweep(tx, moment)
    await openSweep(tx, { id, asOf, rules: setting.rulesDocument })
    const parted = { id, moment, isOfAnotherTime: order.asOf !== null, isFirst: first !== null }
    const planning = await splitLargeSweep(tx, setting, parted)
    if (planning !== null) return { planning }

    const tally = await planAndWrite(tx, setting, { id, asOf, moment, first }, progress.advance)
    // Once more: another process may have removed what was yet to be read, by other rules.
    await requireRemembered(tx, moment)
    const counts = tally.counts()
    const heldBecause = await judgeSweep(tx, tally.size(), moment)
    await closeSweep(tx, { id, counts, heldBecause })
    const handed = await handOver(setting, tx, { id, now: asOf, asOf: order.asOf })
    const told = first === null ? null : await concludeFirstSweep(tx, first.counts(), moment)
    return { outcome: { id, asOf, counts, heldBecause, first: told, ...handed } }
  })
}

/** `isByUs`: else another process has done so. */
type Closed = Readonly<{ outcome: SweepOutcome; isByUs: boolean }>

/**
 * Judges a sweep whose parts are all planned, and lets it go or holds it.
 *
 * @returns null where it is given up: by somebody who plans otherwise, or because the ledger no longer remembers so far
 */
function closeSplit(setting: SweepSetting, planning: PlanningSweep): Promise<Closed | null> {
  const { id, asOf, split } = planning
  return inTransaction(setting, async (tx) => {
    await lockSweeps(tx)
    if ((await findPlanningSweep(tx))?.id !== id) {
      const outcome = await recordedOutcome(tx, id)
      return outcome && { outcome, isByUs: false }
    }
    const moment = momentAt(setting.rules, asOf)
    if ((await readForgottenReach(tx, moment)) !== null) {
      await abandonSplit(tx, id, await databaseNow(tx))
      return null
    }
    const joined = await joinParts(tx, planning, moment)
    const { counts, goneAddresses } = joined
    const heldBecause = await judgeSweep(tx, { emails: counts.emails, goneAddresses }, moment)
    await closeSweep(tx, { id, counts, heldBecause })
    if (heldBecause === null) await releaseSplitMails(tx, id)
    const handed = await handOver(setting, tx, { id, now: asOf, asOf: split.isOfAnotherTime ? asOf : null })
    const first = split.isFirst ? await concludeFirstSweep(tx, joined, moment) : null
    return { outcome: { id, asOf, counts, heldBecause, first, ...handed }, isByUs: true }
  })
}

/** Of a sweep that another process closed, or that was made and only its answer was lost; null where there is none. */
export async function recordedOutcome(tx: Transaction, id: string): Promise<SweepOutcome | null> {
  const found = await findSweep(tx, id)
  if (found === null || found.isAbandoned) return null
  const { isAbandoned: _, ...recorded } = found
  const dispatched = recorded.heldBecause === null ? recorded.counts.emails : 0
  return { ...recorded, first: null, dispatched, takenBack: NO_DELIVERY }
}

type HandedOver = Pick<SweepOutcome, 'dispatched' | 'takenBack'>

/** Gives delivery what is due now: the sweep's own mails, those whose next try has come, those that others left. */
async function handOver(
  { queue, rules }: SweepSetting,
  tx: Transaction,
  sweep: Readonly<{ id: string; now: Date; asOf: Date | null }>,
): Promise<HandedOver> {
  const takenBack = await recoverAbandoned(tx, { now: sweep.now, onUncertain: rules.onUncertain })
  const own = await dispatchMailsOf(queue, tx, sweep)
  return { takenBack, dispatched: own + (await dispatchDueMails(queue, tx, sweep)) }
}

function inTransaction<T>({ db }: SweepSetting, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.$transaction(work, { timeout: SWEEP_TIMEOUT_MS, maxWait: SWEEP_TIMEOUT_MS })
}
