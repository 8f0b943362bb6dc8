import type { AccountFile } from '../domain/account-file.ts'
import { momentAt } from '../domain/reach.ts'
import { decideRetry, type LeftReason } from '../domain/retry.ts'
import type { Rules } from '../domain/rules.ts'
import { readFilesOfMails } from '../store/account-files.ts'
import { addressHash } from '../store/address-hash.ts'
import type { Database, Transaction } from '../store/database.ts'
import { type FailedMailRecord, type FailedSelection, failedMailPages, putBackMails } from '../store/failed-mails.ts'
import { findSuppressions, liftSuppressions } from '../store/suppression-list.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { completionFor } from './holdings.ts'

/** Long enough for as many mails as a large sweep has. */
const RETRY_TIMEOUT_MS = 30 * 60_000

export type RetryOrder = Readonly<{
  selection: FailedSelection
  /** Take addresses that were refused off the suppression list, where they are what stands against a mail. */
  lift: boolean
  dryRun: boolean
}>

/** What became of one failed mail; null: it is put back. */
export type RetriedMail = Readonly<{ mail: FailedMailRecord; left: LeftReason | null }>

export type RetryOutcome = Readonly<{
  mails: readonly RetriedMail[]
  /** Addresses taken off the suppression list. */
  lifted: number
}>

/** Puts failed mails back among those that wait: all that are meant and can still go out, in one transaction. */
export function retryMails(
  { db, rules }: Readonly<{ db: Database; rules: Rules }>,
  order: RetryOrder,
): Promise<RetryOutcome> {
  return db.$transaction(
    async (tx) => {
      const now = await databaseNow(tx)
      const mails: RetriedMail[] = []
      const toLift = new Set<string>()
      for await (const page of failedMailPages(tx, order.selection)) {
        const { decided, refused } = await decidePage(tx, page, order, { rules, now })
        const putBack = decided.filter(({ left }) => left === null).map(({ mail }) => mail.id)
        const done = order.dryRun ? new Set(putBack) : await putBackMails(tx, putBack, now)
        for (const hash of refused) toLift.add(hash)
        // One that somebody else has taken up meanwhile is none of the failed any more.
        mails.push(...decided.filter(({ mail, left }) => left !== null || done.has(mail.id)))
      }
      if (!order.dryRun) await liftSuppressions(tx, [...toLift])
      return { mails, lifted: toLift.size }
    },
    { timeout: RETRY_TIMEOUT_MS },
  )
}

async function decidePage(
  tx: Transaction,
  page: readonly FailedMailRecord[],
  { selection, lift }: RetryOrder,
  { rules, now }: Readonly<{ rules: Rules; now: Date }>,
): Promise<Readonly<{ decided: readonly RetriedMail[]; refused: readonly string[] }>> {
  const read = [...(await readFilesOfMails(tx, page)).values()]
  const completed = await (await completionFor(tx, { rules, now }))(read)
  const files = new Map(completed.map((file) => [file.accountId, file]))
  const refused = lift ? await refusedAddresses(tx, files) : new Set<string>()
  const options = { moment: momentAt(rules, now), isAskedFor: isAskedFor(selection) }
  const hashes: string[] = []
  const decided = page.map((mail) => {
    const file = files.get(mail.accountId)
    if (file === undefined) throw new Error('the account of the mail was not read')
    const decision = decideRetry(mail, withoutRefusals(file, refused), options)
    const address = file.contacts.find(({ id }) => id === mail.contactId)?.email ?? ''
    if (decision.kind === 'put-back' && refused.has(addressHash(address))) hashes.push(addressHash(address))
    return { mail, left: decision.kind === 'put-back' ? null : decision.reason }
  })
  return { decided, refused: hashes }
}

/** Mails in doubt may arrive twice: only who names them, or their reason, means them. */
function isAskedFor({ mailIds, reason }: FailedSelection): boolean {
  return mailIds !== undefined || reason === 'uncertain'
}

/** Of the addresses of these accounts, by hash, those that are on the list because their server refused them. */
async function refusedAddresses(
  tx: Transaction,
  files: ReadonlyMap<string, AccountFile>,
): Promise<ReadonlySet<string>> {
  const hashes = [...files.values()].flatMap(({ contacts }) => contacts.map(({ email }) => addressHash(email)))
  const found = await findSuppressions(tx, hashes)
  return new Set(found.filter(({ reason }) => reason === 'recipient-refused').map((each) => each.addressHash))
}

/** The account as it would be without these suppressions. */
function withoutRefusals(file: AccountFile, refused: ReadonlySet<string>): AccountFile {
  if (refused.size === 0) return file
  const contacts = file.contacts.map((contact) =>
    refused.has(addressHash(contact.email)) ? { ...contact, suppressed: null } : contact,
  )
  return { ...file, contacts }
}
