import type { Moment } from '../domain/reach.ts'
import type { Section } from '../store/candidates.ts'
import type { Transaction } from '../store/database.ts'
import { insertDecisions, insertMails } from '../store/sweep-ledger.ts'
import type { FirstSweepCount } from './first-sweep.ts'
import { planPages } from './planning.ts'
import type { SweepSetting } from './sweep-setting.ts'
import { Tally } from './tally.ts'

/** A sweep, or one part of it, that is being planned. */
type Planned = Readonly<{
  id: string
  asOf: Date
  moment: Moment
  /** The accounts to plan, of a part; all of them where there are no parts. */
  section?: Section
  /** Of the ledger's first sweep, what counts it. */
  first: FirstSweepCount | null
}>

/** Decides for all accounts, or those of a part, and writes down page by page the mails, and why other grants get none. */
export async function planAndWrite(
  tx: Transaction,
  { locales, messageIdOf }: Pick<SweepSetting, 'locales' | 'messageIdOf'>,
  { id, asOf, moment, section, first }: Planned,
  advance: (grants: number) => void,
): Promise<Tally> {
  const tally = new Tally()
  const sweep = { id, asOf, messageIdOf, isPart: section !== undefined }
  const options = { locales, sweepId: id, ...(section !== undefined && { section }) }
  for await (const page of planPages(tx, moment, options)) {
    const plans = page.map(({ plan }) => plan)
    await insertMails(
      tx,
      sweep,
      plans.flatMap(({ mails }) => mails),
    )
    await insertDecisions(
      tx,
      sweep,
      plans.flatMap(({ skips }) => skips),
    )
    first?.add(page)
    for (const plan of plans) advance(tally.add(plan))
  }
  return tally
}
