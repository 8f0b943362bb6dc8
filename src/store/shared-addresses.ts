import { normaliseAddress } from '../domain/address.ts'
import type { Transaction } from './database.ts'

/** A name for each account that shares an address with others, the same for all that hang together by addresses. */
export type SharedAddresses = ReadonlyMap<string, string>

/** What of an address in ASCII counts, as `normaliseAddress` has it. */
const IN_ASCII = `lower(btrim(email, E' \\t\\n\\r\\f\\v'))`
const IS_ASCII = `email !~ '[^\\x01-\\x7f]'`

/** The accounts that have an address in common with another, among the contacts that receive billing mail. */
export async function readSharedAddresses(tx: Transaction): Promise<SharedAddresses> {
  const rows = await tx.$queryRawUnsafe<{ accounts: string[] }[]>(
    `SELECT array_agg(DISTINCT account_id::text) AS accounts FROM billing.contacts
      WHERE receives_billing_email AND ${IS_ASCII} AND account_id IS NOT NULL
      GROUP BY ${IN_ASCII} HAVING min(account_id::text) <> max(account_id::text)`,
  )
  const groups = rows.map(({ accounts }) => accounts)
  return joined([...groups, ...(await readBeyondAscii(tx))])
}

/** The same for addresses that are written with other letters, each with whoever writes the same one in ASCII. */
async function readBeyondAscii(tx: Transaction): Promise<readonly (readonly string[])[]> {
  const rows = await tx.$queryRawUnsafe<{ accountId: string; email: string }[]>(
    `SELECT account_id::text AS "accountId", email FROM billing.contacts
      WHERE receives_billing_email AND NOT (${IS_ASCII}) AND account_id IS NOT NULL`,
  )
  if (rows.length === 0) return []
  const byAddress = Map.groupBy(rows, ({ email }) => normaliseAddress(email))
  const same = await tx.$queryRawUnsafe<{ accountId: string; address: string }[]>(
    `SELECT account_id::text AS "accountId", ${IN_ASCII} AS address FROM billing.contacts
      WHERE receives_billing_email AND ${IS_ASCII} AND account_id IS NOT NULL AND ${IN_ASCII} = ANY($1::text[])`,
    [...byAddress.keys()],
  )
  const others = Map.groupBy(same, ({ address }) => address)
  return [...byAddress].map(([address, ofAddress]) => [
    ...ofAddress.map(({ accountId }) => accountId),
    ...(others.get(address) ?? []).map(({ accountId }) => accountId),
  ])
}

/** Joins groups that have an account in common; one of an account alone is none. */
function joined(groups: readonly (readonly string[])[]): SharedAddresses {
  const above = new Map<string, string>()
  const rootOf = (account: string): string => {
    let root = account
    for (let next = above.get(root); next !== undefined && next !== root; next = above.get(root)) root = next
    // Shorter next time.
    above.set(account, root)
    return root
  }
  for (const accounts of groups) {
    const [first, ...others] = new Set(accounts)
    if (first === undefined || others.length === 0) continue
    for (const account of others) above.set(rootOf(account), rootOf(first))
  }
  return new Map([...above.keys()].map((account) => [account, rootOf(account)]))
}
