import { normaliseAddress } from '../domain/address.ts'
import { type FirstSweep, grantsPastEarlierStages } from '../domain/first-sweep.ts'
import type { Moment } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { countOlderExpiries, isLedgerNew } from '../store/first-sweep.ts'
import type { PlannedAccount } from './planning.ts'

/** Counts a first sweep while it is planned, page by page. */
export type FirstSweepCount = Readonly<{
  add: (page: readonly PlannedAccount[]) => void
  conclude: () => Promise<FirstSweep>
}>

/** Null where the ledger has a sweep already: what is due then follows on what was told. */
export async function countFirstSweep(tx: Transaction, moment: Moment): Promise<FirstSweepCount | null> {
  if (!(await isLedgerNew(tx))) return null
  const mails = { warning: 0, expired: 0 }
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
    conclude: async () => ({
      warnings: mails.warning,
      finalNotices: mails.expired,
      addresses: addresses.size,
      pastEarlierStages: pastEarlierStages.size,
      olderExpiries: await countOlderExpiries(tx, moment),
      expiredWithin: moment.rules.expiredWithin.text,
    }),
  }
}
