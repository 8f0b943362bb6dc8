import { setTimeout } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { byCodeUnit } from '../domain/order.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { findMovedGrants } from '../store/moved-grants.ts'
import { enqueue, SWEEP_PART_QUEUE } from '../store/queue.ts'
import { cancelAboveAddressLimit, countSplitMails } from '../store/split-sweeps.ts'
import { lastSweepBefore, rulesHash, type SweepCounts } from '../store/sweep-ledger.ts'
import {
  accountRanges,
  countOpenParts,
  countParts,
  findPlanningSweep,
  finishPart,
  hasMoreCandidates,
  MAX_MOVED_GRANTS,
  openParts,
  type PlanningSweep,
  readPartCounts,
  repeatedGrants,
  takePart,
} from '../store/sweep-parts.ts'
import { openCount } from './first-sweep.ts'
import { planAndWrite } from './plan-and-write.ts'
import type { SweepSetting } from './sweep-setting.ts'

const PART_TIMEOUT_MS = 60 * 60_000
/** Of all processes together: more of them would wait for the database. */
const MAX_HELPERS = 64
/** While the last parts are in other hands. */
export const LOOK_EVERY_MS = 250
/** With no part in anybody's hands for so long, those who planned them are gone. */
const GONE_AFTER_MS = 5000

/**
 * Parts a sweep that is too large for one piece by ranges of accounts, so that processes can plan them side by side.
 *
 * @returns it as it is planned from then on; null where it is not parted
 */
export async function splitLargeSweep(
  tx: Transaction,
  setting: SweepSetting,
  sweep: Readonly<{ id: string; moment: Moment; isOfAnotherTime: boolean; isFirst: boolean }>,
): Promise<PlanningSweep | null> {
  const { id, moment, isOfAnotherTime, isFirst } = sweep
  if (!(await hasMoreCandidates(tx, moment, setting.grantsPerPart))) return null
  const moved = await findMovedGrants(tx, moment)
  if (moved.length > MAX_MOVED_GRANTS) return null
  const repeated = await repeatedGrants(tx, moment, moved)
  const ranges = await accountRanges(tx, moment, { movedGrants: moved, grantsPerPart: setting.grantsPerPart })
  if (repeated === null || ranges.length === 1) return null
  const split = {
    isOfAnotherTime,
    isFirst,
    repeatedGrants: repeated,
    movedGrants: moved,
    plannedBy: nameOfWays(setting),
  }
  await openParts(tx, id, { ranges, split })
  // Whoever has time helps; what nobody takes, this process plans itself.
  const helpers = ranges.slice(1, MAX_HELPERS).map(() => ({ id: uuidv7(), data: { sweepId: id } }))
  await enqueue(setting.queue, tx, SWEEP_PART_QUEUE, helpers)
  return findPlanningSweep(tx)
}

/** How a process plans: the rules, and what else decides about a mail. */
export type Ways = Pick<SweepSetting, 'rules' | 'rulesDocument' | 'locales'>

/** Whether this process plans as the one did that began the sweep: its parts must not be planned by two rules. */
export function plansAlike(ways: Ways, { split }: PlanningSweep): boolean {
  return split.plannedBy === nameOfWays(ways)
}

function nameOfWays({ rules, rulesDocument, locales }: Ways): string {
  const allowedRecipients = rules.allowedRecipients === null ? null : [...rules.allowedRecipients].toSorted(byCodeUnit)
  return rulesHash({ rulesDocument, allowedRecipients, locales: locales.toSorted(byCodeUnit) })
}

/**
 * Looks whether somebody plans parts of a sweep: some are in hand, or have become fewer since the last look, or did so a
 * moment ago. To be called again and again, because between two parts nobody has one.
 */
export function lookForPlanners(): (tx: Transaction, sweepId: string) => Promise<boolean> {
  let seen = ''
  let sinceMs = 0
  return async (tx, sweepId) => {
    const { open, inHand } = await countParts(tx, sweepId)
    const now = `${sweepId} ${open}`
    if (inHand > 0 || now !== seen) sinceMs = performance.now()
    seen = now
    return performance.now() - sinceMs < GONE_AFTER_MS
  }
}

/** Plans parts of a sweep until none is left, in whoever's hands they are. */
export async function planParts(
  setting: SweepSetting,
  sweep: PlanningSweep,
  advance: (grants: number) => void,
): Promise<void> {
  for (;;) {
    if (await planPart(setting, sweep, advance)) continue
    if ((await countOpenParts(setting.db, sweep.id)) === 0) return
    await setTimeout(LOOK_EVERY_MS)
  }
}

/**
 * Plans one part that nobody has in hand, in a transaction: a process that dies leaves it as it was.
 *
 * @returns false where there is none
 */
async function planPart(
  setting: SweepSetting,
  { id, asOf, split }: PlanningSweep,
  advance: (grants: number) => void,
): Promise<boolean> {
  return setting.db.$transaction(
    async (tx) => {
      const part = await takePart(tx, id)
      if (part === null) return false
      const moment = momentAt(setting.rules, asOf, await lastSweepBefore(tx, asOf))
      const first = split.isFirst ? openCount(moment) : null
      const section = { ...part, repeatedGrants: split.repeatedGrants, movedGrants: split.movedGrants }
      const tally = await planAndWrite(tx, setting, { id, asOf, moment, section, first }, advance)
      const { examined, notices, skipped } = tally.counts()
      const counts = { examined, notices, skipped, pastEarlierStages: first?.counts().pastEarlierStages ?? 0 }
      await finishPart(tx, { sweepId: id, number: part.number, counts })
      return true
    },
    { timeout: PART_TIMEOUT_MS, maxWait: PART_TIMEOUT_MS },
  )
}

/** Plans parts of another process's sweep for as long as there are any that nobody has in hand, or until it is stopped. */
export async function helpWithParts(setting: SweepSetting, sweepId: string, signal: AbortSignal): Promise<void> {
  const sweep = await findPlanningSweep(setting.db)
  if (sweep?.id !== sweepId || !plansAlike(setting, sweep)) return
  while (!signal.aborted && (await planPart(setting, sweep, () => {}))) {
    // One part after the other: each is a transaction of its own.
  }
}

/** What all parts together came to, once none is open. */
export type JoinedParts = Readonly<{
  counts: SweepCounts
  /** Addresses, each counted once, that would be told that credits are gone. */
  goneAddresses: number
  warnings: number
  finalNotices: number
  addresses: number
  pastEarlierStages: number
}>

/** Puts together what the parts came to, and takes back what they could not know to be too much. */
export async function joinParts(tx: Transaction, sweep: PlanningSweep, moment: Moment): Promise<JoinedParts> {
  const maxPerDay = moment.rules.maxEmailsPerAddressPerDay
  const limited = await cancelAboveAddressLimit(tx, { id: sweep.id, asOf: sweep.asOf, maxPerDay })
  const mails = await countSplitMails(tx, sweep.id)
  const parts = await readPartCounts(tx, sweep.id)
  const skipped: Record<string, number> = limited.grants === 0 ? {} : { 'address-limit': limited.grants }
  for (const part of parts) {
    for (const [reason, count] of Object.entries(part.skipped)) skipped[reason] = (skipped[reason] ?? 0) + count
  }
  const sum = (of: 'examined' | 'notices' | 'pastEarlierStages') => parts.reduce((total, part) => total + part[of], 0)
  return {
    ...mails,
    pastEarlierStages: sum('pastEarlierStages'),
    counts: {
      examined: sum('examined'),
      emails: mails.emails,
      notices: sum('notices') - limited.notices,
      skipped,
    },
  }
}
