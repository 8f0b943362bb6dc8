import type { AccountFile, Holdings } from '../domain/account-file.ts'
import type { CreditGrant } from '../domain/model.ts'
import { GRANT_COLUMNS, type GrantRow, toGrant } from './billing-rows.ts'
import type { Transaction } from './database.ts'
import type { AskedUnits, Usage } from './usage.ts'

/** How usage is read; null: it is not. */
export type UsageReader = ((asked: AskedUnits) => Promise<Usage>) | null

/** What accounts have at `now`, or may come to have, and what they used: a query or two for all of them. */
export async function readHoldings(
  tx: Transaction,
  accountIds: readonly string[],
  { now, readUsage }: Readonly<{ now: Date; readUsage: UsageReader }>,
): Promise<ReadonlyMap<string, Holdings>> {
  const grants = Map.groupBy(await readLiveGrants(tx, accountIds, now), ({ accountId }) => accountId)
  const asked = new Map(
    [...grants].map(([accountId, ofAccount]) => [accountId, new Set(ofAccount.map(({ unit }) => unit))] as const),
  )
  const usage = readUsage === null || asked.size === 0 ? new Map() : await readUsage(asked)
  return new Map(
    accountIds.map((id) => [id, { grants: grants.get(id) ?? [], usage: usage.get(id) ?? new Map() }] as const),
  )
}

/** Completes accounts by what they have beside the grants that are looked at. */
export async function withHoldings(
  tx: Transaction,
  files: readonly AccountFile[],
  options: Readonly<{ now: Date; readUsage: UsageReader }>,
): Promise<readonly AccountFile[]> {
  const holdings = await readHoldings(
    tx,
    files.map(({ accountId }) => accountId),
    options,
  )
  return files.map((file) => ({ ...file, holdings: holdings.get(file.accountId) }))
}

async function readLiveGrants(
  tx: Transaction,
  accountIds: readonly string[],
  now: Date,
): Promise<readonly CreditGrant[]> {
  const rows = await tx.$queryRawUnsafe<(GrantRow & Readonly<{ copies: number }>)[]>(
    `SELECT ${GRANT_COLUMNS}, count(*) OVER (PARTITION BY g.id)::int AS copies
       FROM billing.credit_grants g
      WHERE g.account_id = ANY($1::text[]) AND g.remaining > 0
        AND (g.expires_at IS NULL OR g.expires_at > $2::timestamptz)
        AND (g.voided_at IS NULL OR g.voided_at > $2::timestamptz)`,
    accountIds,
    now.toISOString(),
  )
  // What cannot be understood, or is there twice, is reported where it is looked at; nobody counts on it here.
  return rows.flatMap(({ copies, ...row }) => {
    const grant = toGrant(row)
    return copies > 1 || 'fault' in grant ? [] : [grant]
  })
}
