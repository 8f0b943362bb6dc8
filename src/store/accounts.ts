import type { Account } from '../domain/model.ts'
import { ACCOUNT_COLUMNS, type AccountRow, toAccount } from './billing-rows.ts'
import type { Transaction } from './database.ts'

/** Accounts by their ids; those that billing does not have are not among them. */
export async function readAccounts(
  tx: Transaction,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Account>> {
  if (accountIds.length === 0) return new Map()
  const rows = await tx.$queryRawUnsafe<AccountRow[]>(
    `SELECT ${ACCOUNT_COLUMNS} FROM billing.accounts a WHERE a.id = ANY($1::text[])`,
    accountIds,
  )
  return new Map(
    rows.flatMap((row) => {
      const account = toAccount(row)
      return account === null ? [] : [[account.id, account] as const]
    }),
  )
}
