import { widest } from '../domain/kept-away.ts'
import type { Contact, SuppressionScope } from '../domain/model.ts'
import type { Transaction } from './database.ts'
import { UNSUBSCRIBED } from './suppressions.ts'

type Whom = Readonly<{ contactId: string; accountId: string; addressHash: string }>
type KeptAway = Pick<Contact, 'optedOut' | 'suppressed'>

/** What is kept from each contact, in their order: by its own wish, or because of its address. */
export async function readKeptAway(tx: Transaction, whom: readonly Whom[]): Promise<readonly KeptAway[]> {
  if (whom.length === 0) return []
  const optOuts = Map.groupBy(await readOptOuts(tx, [...new Set(whom.map(({ accountId }) => accountId))]), whose)
  const listed = Map.groupBy(
    await readListed(
      tx,
      whom.map(({ addressHash }) => addressHash),
    ),
    ({ hash }) => hash,
  )
  return whom.map(({ contactId, accountId, addressHash }) => {
    const own = (optOuts.get(accountId) ?? []).filter(
      // By the address as well: billing systems make contacts anew, under another id.
      (each) => each.contactId === contactId || each.hash === addressHash,
    )
    const { asked = [], other = [] } = Object.groupBy(listed.get(addressHash) ?? [], ({ isAsked }) =>
      isAsked ? 'asked' : 'other',
    )
    return { optedOut: widest([...own, ...asked].map(scopeOf)), suppressed: widest(other.map(scopeOf)) }
  })
}

type OptOut = Readonly<{ accountId: string; contactId: string | null; hash: string | null; scope: SuppressionScope }>

function whose({ accountId }: OptOut): string {
  return accountId
}

function scopeOf({ scope }: Readonly<{ scope: SuppressionScope }>): SuppressionScope {
  return scope
}

function readOptOuts(tx: Transaction, accountIds: readonly string[]): Promise<readonly OptOut[]> {
  return tx.$queryRawUnsafe<OptOut[]>(
    `SELECT account_id AS "accountId", contact_id AS "contactId", address_hash AS hash, scope
       FROM reminders.unsubscriptions WHERE account_id = ANY($1::text[]) AND lifted_at IS NULL`,
    accountIds,
  )
}

type Listed = Readonly<{ hash: string; scope: SuppressionScope; isAsked: boolean }>

function readListed(tx: Transaction, hashes: readonly string[]): Promise<readonly Listed[]> {
  return tx.$queryRawUnsafe<Listed[]>(
    `SELECT address_hash AS hash, scope, reason = '${UNSUBSCRIBED}' AS "isAsked" FROM reminders.suppressions
      WHERE address_hash = ANY($1::text[]) AND lifted_at IS NULL`,
    hashes,
  )
}
