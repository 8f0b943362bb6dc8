import type { AccountFile } from '../domain/account-file.ts'
import { normaliseAddress } from '../domain/address.ts'
import { type AccountPlan, planAccount } from '../domain/plan.ts'
import type { Moment } from '../domain/reach.ts'
import { type HalfPlanned, readAccountFiles, readMailsToday } from '../store/account-files.ts'
import { candidatePages, type Section } from '../store/candidates.ts'
import type { Transaction } from '../store/database.ts'
import { completionFor } from './holdings.ts'

/** One account as it was read, and what was decided for it. */
export type PlannedAccount = Readonly<{ file: AccountFile; plan: AccountPlan }>

/**
 * Reads and decides, page by page: what the sweep writes down, and what the dry run prints. Both take every decision
 * from here; neither adds one of its own.
 */
export async function* planPages(
  tx: Transaction,
  moment: Moment,
  options: Readonly<{
    locales: readonly string[]
    /** The sweep that is being planned, whose own mails count for no limit yet. */
    sweepId: string | null
    section?: Section
    halfPlanned?: HalfPlanned | null
  }>,
): AsyncGenerator<readonly PlannedAccount[]> {
  const plannedHere = new Map<string, number>()
  const complete = await completionFor(tx, moment)
  for await (const candidates of candidatePages(tx, moment, options.section)) {
    const files = await complete(await readAccountFiles(tx, candidates, options.halfPlanned))
    const contacts = files.flatMap((file) => file.contacts)
    const fromLedger = await readMailsToday(tx, contacts, moment.now, options.sweepId)
    const mailsToday = (address: string) => (fromLedger.get(address) ?? 0) + (plannedHere.get(address) ?? 0)
    yield files.map((file) => {
      const plan = planAccount(file, { moment, locales: options.locales, mailsToday })
      for (const mail of plan.mails) {
        const address = normaliseAddress(mail.to)
        plannedHere.set(address, (plannedHere.get(address) ?? 0) + 1)
      }
      return { file, plan }
    })
  }
}
