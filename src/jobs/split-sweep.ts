import { setTimeout } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { enqueue, SWEEP_PART_QUEUE } from '../store/queue.ts'
import { abandonSplit, cancelAboveAddressLimit, countSplitMails } from '../store/split-sweeps.ts'
import { databaseNow, rulesHash, type SweepCounts } from '../store/sweep-ledger.ts'
import {
  accountRanges,
  countOpenParts,
  findPlanningSweep,
  finishPart,
  hasMoreCandidates,
  openParts,
  type PlanningSweep,
  readPartCounts,
  repeatedGrants,
  takePart,
} from '../store/sweep-parts.ts'
import { openCount } from './first-sweep.ts'
import { planPages, writePage } from './planning.ts'
import type { SweepSetting } from './sweep-setting.ts'
import { Tally } from './tally.ts'

const PART_TIMEOUT_MS = 60 * 60_000
/** Of all processes together: more of them would wait for the database. */
const MAX_HELPERS = 64
/** While the last parts are in other hands. */
const LOOK_EVERY_MS = 250

/**
 * Parts a sweep that is too large for one piece by ranges of accounts, so that processes can plan them side by side.
 *
 * @returns whether it was parted
 */
export async function splitLargeSweep(
  tx: Transaction,
  setting: SweepSetting,
  sweep: Readonly<{ id: string; moment: Moment; isOfAnotherTime: boolean; isFirst: boolean }>,
): Promise<boolean> {
  const { id, moment, isOfAnotherTime, isFirst } = sweep
  if (!(await hasMoreCandidates(tx, moment, setting.grantsPerPart))) return false
  const repeated = await repeatedGrants(tx, moment)
  const ranges = await accountRanges(tx, moment, setting.grantsPerPart)
  if (repeated === null || ranges.length === 1) return false
  await openParts(tx, id, { ranges, split: { isOfAnotherTime, isFirst, repeatedGrants: repeated } })
  // Whoever has time helps; what nobody takes, this process plans itself.
  const helpers = ranges.slice(1, MAX_HELPERS).map(() => ({ id: uuidv7(), data: { sweepId: id } }))
  await enqueue(setting.queue, tx, SWEEP_PART_QUEUE, helpers)
  return true
}

/**
 * The sweep that is being planned in parts, if this process can go on with it. One that was begun under other rules is
 * given up: its parts must not be planned by two rules.
 */
export async function resumableSweep(tx: Transaction, setting: SweepSetting): Promise<PlanningSweep | null> {
  const planning = await findPlanningSweep(tx)
  if (planning === null || planning.rulesHash === rulesHash(setting.rulesDocument)) return planning
  await abandonSplit(tx, planning.id, await databaseNow(tx))
  return null
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
      const moment = momentAt(setting.rules, asOf)
      const tally = new Tally()
      const first = split.isFirst ? openCount(moment) : null
      const section = { ...part, repeatedGrants: split.repeatedGrants }
      for await (const page of planPages(tx, moment, { locales: setting.locales, sweepId: id, section })) {
        await writePage(tx, { id, asOf, messageIdOf: setting.messageIdOf, isPart: true }, page)
        first?.add(page)
        for (const { plan } of page) advance(tally.add(plan))
      }
      const { examined, notices, skipped } = tally.counts()
      const counts = { examined, notices, skipped, pastEarlierStages: first?.counts().pastEarlierStages ?? 0 }
      await finishPart(tx, { sweepId: id, number: part.number, counts })
      return true
    },
    { timeout: PART_TIMEOUT_MS, maxWait: PART_TIMEOUT_MS },
  )
}

/** Plans parts of another process's sweep for as long as there are any that nobody has in hand. */
export async function helpWithParts(setting: SweepSetting, sweepId: string): Promise<void> {
  const sweep = await findPlanningSweep(setting.db)
  if (sweep?.id !== sweepId || sweep.rulesHash !== rulesHash(setting.rulesDocument)) return
  while (await planPart(setting, sweep, () => {})) {
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
      emails: mails.warnings + mails.finalNotices,
      notices: sum('notices') - limited.notices,
      skipped,
    },
  }
}
