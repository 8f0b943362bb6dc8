import type { AccountFile } from '../domain/account-file.ts'
import type { MailsToAddress } from '../domain/mail-log.ts'
import type { Moment } from '../domain/reach.ts'
import type { SimulatedAccount, WaitingMail } from '../domain/simulate-accounts.ts'
import { type HalfPlanned, readAccountFiles, readFilesOfMails } from '../store/account-files.ts'
import { jointCandidatePages } from '../store/candidates.ts'
import type { Transaction } from '../store/database.ts'
import { dueMailPages } from '../store/outbox.ts'
import { readMailsFrom, readNextTries } from '../store/period-mails.ts'
import { readSharedAddresses } from '../store/shared-addresses.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { sweepAsNeverPlanned, sweepToLetGo } from './half-planned.ts'
import { type Completion, completionFor } from './holdings.ts'

/** Accounts to be simulated together, in the order of a sweep, and the mails that count for their addresses. */
export type Together = Readonly<{
  accounts: readonly SimulatedAccount[]
  known: ReadonlyMap<string, MailsToAddress>
  /** How many grants they have. */
  grants: number
}>

type Period = Readonly<{ from: Date; to: Date; halfPlanned: HalfPlanned | null }>

/**
 * Reads the accounts with anything that the sweeps of a period may look at, in pages. An account that shares no address
 * comes alone, at once; those that hang together by addresses come together, when all are read.
 *
 * @param outlooks what is looked at, by each of the rules
 */
export async function* togetherPages(
  tx: Transaction,
  outlooks: readonly Moment[],
  period: Period,
): AsyncGenerator<Together> {
  if (outlooks.length === 0) return
  const complete = await completionForAll(tx, outlooks, period)
  const waiting = await readWaiting(tx, outlooks, { ...period, complete })
  const shared = await readSharedAddresses(tx)
  const groups = new Map<string, SimulatedAccount[]>()
  const put = (name: string, account: SimulatedAccount) => {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [account])
    else group.push(account)
  }
  for await (const candidates of jointCandidatePages(tx, outlooks)) {
    const files = await complete(await readAccountFiles(tx, candidates, period.halfPlanned))
    const known = await knownMails(tx, files, period)
    for (const file of files) {
      const account = { file, waiting: waiting.get(file.accountId) ?? [] }
      waiting.delete(file.accountId)
      const group = shared.get(file.accountId)
      if (group !== undefined) put(group, account)
      else yield { accounts: [account], known, grants: file.grants.length }
    }
  }
  // Of these accounts, no more than what their mails speak of is within reach.
  for (const [accountId, mails] of waiting) {
    const file = mails[0]?.file
    if (file !== undefined) put(shared.get(accountId) ?? accountId, { file: { ...file, grants: [] }, waiting: mails })
  }
  for (const accounts of groups.values()) {
    const files = accounts.map(({ file }) => file)
    const grants = files.reduce((sum, file) => sum + file.grants.length, 0)
    yield { accounts, known: await knownMails(tx, files, period), grants }
  }
}

function knownMails(tx: Transaction, files: readonly AccountFile[], { from, halfPlanned }: Period) {
  const contacts = files.flatMap((file) => file.contacts)
  return readMailsFrom(tx, contacts, { now: from, except: sweepAsNeverPlanned(halfPlanned) })
}

/**
 * What decisions depend on beside the grants is read as it is known: of a period to come, as of now. The pace of its own
 * last 28 days would be one of days that nobody has used anything on yet.
 */
async function completionForAll(tx: Transaction, outlooks: readonly Moment[], { from }: Period): Promise<Completion> {
  const now = new Date(Math.min(from.getTime(), (await databaseNow(tx)).getTime()))
  const completions: Completion[] = []
  for (const { rules } of outlooks) completions.push(await completionFor(tx, { rules, now }))
  return async (files) => {
    let completed = files
    for (const complete of completions) completed = await complete(completed)
    return completed
  }
}

/** By account, the mails of earlier sweeps that are tried in the period, as a dry run foresees them. */
async function readWaiting(
  tx: Transaction,
  outlooks: readonly Moment[],
  { from, to, halfPlanned, complete }: Period & Readonly<{ complete: Completion }>,
): Promise<Map<string, readonly WaitingMail[]>> {
  const resendsUncertain = outlooks.some(({ rules }) => rules.onUncertain === 'resend')
  const byAccount = new Map<string, readonly WaitingMail[]>()
  for await (const mails of dueMailPages(tx, to, { resendsUncertain, sweepToLetGo: sweepToLetGo(halfPlanned) })) {
    const nextTries = await readNextTries(
      tx,
      mails.map(({ id }) => id),
    )
    const files = await complete([...(await readFilesOfMails(tx, mails, halfPlanned)).values()])
    const fileOf = new Map(files.map((file) => [file.accountId, file]))
    for (const mail of mails) {
      const file = fileOf.get(mail.accountId)
      const next = nextTries.get(mail.id)
      if (file === undefined || next === undefined) continue
      const waits = { mail, file, address: next.address, nextAt: next.nextAt ?? from }
      byAccount.set(mail.accountId, [...(byAccount.get(mail.accountId) ?? []), waits])
    }
  }
  return byAccount
}
