import type { AccountFile } from '../domain/account-file.ts'
import { asksForCalendar } from '../domain/calendar.ts'
import type { Rules } from '../domain/rules.ts'
import { readFilesOfMails } from '../store/account-files.ts'
import { readAnnounced } from '../store/announced.ts'
import type { Database } from '../store/database.ts'
import type { ClaimedMail } from '../store/outbox.ts'
import type { HoldingsReader } from './holdings.ts'

/**
 * All that is known of the accounts of mails just before these are confirmed (rule R8), what they hold besides, and what
 * stands in their people's calendars; by the account's id.
 */
export async function readAfresh(
  { db, rules, readHoldings }: Readonly<{ db: Database; rules: Rules; readHoldings: HoldingsReader }>,
  mails: readonly ClaimedMail[],
  now: Date,
): Promise<ReadonlyMap<string, AccountFile>> {
  const accountIds = [...new Set(mails.map(({ accountId }) => accountId))]
  const [files, holdings, announced] = await Promise.all([
    readFilesOfMails(db, mails),
    readHoldings(accountIds, now),
    asksForCalendar(rules) ? readAnnounced(db, accountIds, now) : null,
  ])
  return new Map(
    [...files].map(([id, file]) => [id, { ...file, holdings: holdings.get(id), announced: announced?.get(id) }]),
  )
}
