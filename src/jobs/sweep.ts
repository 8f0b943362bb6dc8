import type { PgBoss } from 'pg-boss'
import type { FirstSweep } from '../domain/first-sweep.ts'
import { momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import type { Database } from '../store/database.ts'
import { dispatchDueMails, dispatchMailsOf } from '../store/dispatch.ts'
import {
  closeSweep,
  databaseNow,
  hasSweep,
  insertDecisions,
  insertMails,
  lockSweeps,
  openSweep,
  type SweepCounts,
} from '../store/sweep-ledger.ts'
import { recoverAbandoned } from './abandoned.ts'
import type { DeliveryCounts } from './delivery-counts.ts'
import { countFirstSweep } from './first-sweep.ts'
import { judgeSweep } from './guard.ts'
import { planPages } from './planning.ts'
import type { OpenProgress } from './progress.ts'
import { Tally } from './tally.ts'

/** Long enough for the largest base; a sweep that hangs longer gives the lock back. */
const SWEEP_TIMEOUT_MS = 60 * 60_000

export type SweepSetting = Readonly<{
  db: Database
  queue: PgBoss
  rules: Rules
  /** The rules as the operator wrote them, to be kept with the sweep. */
  rulesDocument: object
  locales: readonly string[]
  messageIdOf: (mailId: string) => string
  openProgress: OpenProgress
}>

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
 * @param order.asOf the business time; null for the database's clock
 */
export async function sweep(
  setting: SweepSetting,
  order: Readonly<{ id: string; asOf: Date | null }>,
): Promise<SweepOutcome | null> {
  const progress = setting.openProgress('planning')
  const sweeping = setting.db.$transaction(
    async (tx) => {
      await lockSweeps(tx)
      if (await hasSweep(tx, order.id)) return null
      const asOf = order.asOf ?? (await databaseNow(tx))
      const id = order.id
      const moment = momentAt(setting.rules, asOf)
      const first = await countFirstSweep(tx, moment)
      await openSweep(tx, { id, asOf, rules: setting.rulesDocument })

      const tally = new Tally()
      const options = { locales: setting.locales, sweepId: id }
      for await (const page of planPages(tx, moment, options)) {
        const mails = page.flatMap(({ plan }) => plan.mails)
        const skips = page.flatMap(({ plan }) => plan.skips)
        await insertMails(tx, { id, asOf, messageIdOf: setting.messageIdOf }, mails)
        await insertDecisions(tx, { id, asOf }, skips)
        first?.add(page)
        for (const { plan } of page) progress.advance(tally.add(plan))
      }

      const counts = tally.counts()
      const heldBecause = await judgeSweep(tx, tally.size(), moment)
      await closeSweep(tx, { id, counts, heldBecause })
      const takenBack = await recoverAbandoned(tx, { now: asOf, onUncertain: setting.rules.onUncertain })
      const own = await dispatchMailsOf(setting.queue, tx, { id, now: asOf, asOf: order.asOf })
      const dispatched = own + (await dispatchDueMails(setting.queue, tx, { now: asOf, asOf: order.asOf }))
      return { id, asOf, counts, heldBecause, first: (await first?.conclude()) ?? null, dispatched, takenBack }
    },
    { timeout: SWEEP_TIMEOUT_MS, maxWait: SWEEP_TIMEOUT_MS },
  )
  return sweeping.finally(progress.finish)
}
