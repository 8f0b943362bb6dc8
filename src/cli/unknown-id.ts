import { didYouMean } from '../config/suggest.ts'
import { UsageError } from '../errors.ts'
import { accountExists } from '../store/account-files.ts'
import type { Database } from '../store/database.ts'
import { neighboursOf } from '../store/near-grants.ts'
import { printable } from './output.ts'

const LOOK_IT_UP = '; look its id up there'

/** What is wrong with the id of a grant that nobody knows, and what was probably meant. */
export async function unknownGrant(db: Database, id: string): Promise<UsageError> {
  if (id.includes('@')) return new UsageError('a mail address is no id of a grant; write explain --email ADDRESS')
  const shown = printable(id)
  const unknown = `there is no credit grant ${shown} in billing.credit_grants, nor in the ledger`
  if (await accountExists(db, id)) {
    return new UsageError(`${unknown}; it is an account: write explain --account ${shown}`)
  }
  return new UsageError(`${unknown}${didYouMean(id, await neighboursOf(db, 'credit_grants', id)) || LOOK_IT_UP}`)
}

/** The same of an account. */
export async function unknownAccount(db: Database, id: string): Promise<UsageError> {
  const near = didYouMean(id, await neighboursOf(db, 'accounts', id)) || LOOK_IT_UP
  return new UsageError(`there is no account ${printable(id)} in billing.accounts, nor in the ledger${near}`)
}
