import { normaliseAddress } from '../domain/address.ts'
import { type FirstSweep, grantsPastEarlierStages } from '../domain/first-sweep.ts'
import type { Moment } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { countOlderExpiries, isLedgerNew } from '../store/first-sweep.ts'
import type { PlannedAccount } from './planning.ts'

/** Counts a first sweep while it is planned, page by page. */
export type FirstSweepCount = Readonly<{
  add: (page: readonly PlannedAccount[]) => void
  counts: () => FirstSweepCounts
}>

/** What is told by a first sweep. */
export type FirstSweepCounts = Pick<FirstSweep, 'warnings' | 'finalNotices' | 'addresses' | 'pastEarlierStages'>

/** Null where the ledger has a sweep already: what is due then follows on what was told. */
export async function countFirstSweep(tx: Transaction, moment: Moment): Promise<FirstSweepCount | null> {
  return (await isLedgerNew(tx)) ? openCount(moment) : null
}

/** A count of a part of a first sweep, or of all of it. */
export function openCount(moment: Moment): FirstSweepCount {
  const mails = { warning: 0, expired: 0, correction: 0 }
  const addresses = new Set<string>()
  const pastEarlierStages = new Set<string>()
  return {
    add: (page) => {
      for (const { file, plan } of page) {
        for (const { category, to } of plan.mails) {
          mails[category] += 1
          addresses.add(normaliseAddress(to))
        }
        for (const id of grantsPastEarlierStages(file, plan.mails, moment)) pastEarlierStages.add(id)
      }
    },
    counts: () => ({
      warnings: mails.warning,
      finalNotices: mails.expired,
      addresses: addresses.size,
      pastEarlierStages: pastEarlierStages.size,
    }),
  }
}

/** Completes what a first sweep tells by what it leaves alone. */
export async function concludeFirstSweep(
  tx: Transaction,
  counts: FirstSweepCounts,
  moment: Moment,
): Promise<FirstSweep> {
  const { warnings, finalNotices, addresses, pastEarlierStages } = counts
  return {
    warnings,
    finalNotices,
    addresses,
    pastEarlierStages,
    olderExpiries: await countOlderExpiries(tx, moment),
    expiredWithin: moment.rules.expiredWithin.text,
  }
}
