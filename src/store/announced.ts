import type { Announced } from '../domain/account-file.ts'
import { NEVER_EXPIRES } from '../domain/never.ts'
import { readNotices } from './account-files.ts'
import { readGrants } from './candidates.ts'
import type { Transaction } from './database.ts'

/**
 * What people of accounts were told of grants whose expiry, as they know it, is still ahead, and how these grants stand
 * now: three queries for all of them.
 */
export async function readAnnounced(
  tx: Transaction,
  accountIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, Announced>> {
  const rows = await tx.$queryRawUnsafe<{ grantId: string; accountId: string }[]>(
    // By the indexes on accounts of mails and on mails of notices: the cost is what these accounts were ever told.
    `SELECT DISTINCT n.grant_id AS "grantId", n.account_id AS "accountId"
       FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id
      WHERE m.account_id = ANY($1::text[]) AND n.state = 'sent'
        AND n.expires_at > $2::timestamptz AND n.expires_at < $3::timestamptz`,
    accountIds,
    now.toISOString(),
    NEVER_EXPIRES.toISOString(),
  )
  if (rows.length === 0) return new Map()
  const ids = rows.map(({ grantId }) => grantId)
  const [accounts, told] = await Promise.all([readGrants(tx, ids), readNotices(tx, ids, null)])
  const grants = accounts.flatMap((account) => account.grants)
  const grantsById = new Map(grants.map((grant) => [grant.id, grant]))
  const toldByGrant = Map.groupBy(told, ({ grantId }) => grantId)
  return new Map(
    [...Map.groupBy(rows, ({ accountId }) => accountId)].map(([accountId, ofAccount]) => [
      accountId,
      {
        grants: ofAccount.flatMap(({ grantId }) => grantsById.get(grantId) ?? []),
        told: ofAccount.flatMap(({ grantId }) => toldByGrant.get(grantId) ?? []),
      },
    ]),
  )
}
