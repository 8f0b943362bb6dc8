import type { ContactRow } from './billing-rows.ts'
import type { Transaction } from './database.ts'

/** The contacts of accounts as the company has them, account by account. */
export function readContactRows(tx: Transaction, accountIds: readonly string[]): Promise<readonly ContactRow[]> {
  return tx.$queryRawUnsafe<ContactRow[]>(
    // A view whose join went wrong may say a contact twice; one mail a person all the same, and none where either says no.
    `SELECT DISTINCT ON (c.account_id, c.id)
            c.id, c.account_id AS "accountId", c.email, c.name, c.locale, c.time_zone AS "timeZone",
            c.receives_billing_email AS "receivesBillingEmail"
       FROM billing.contacts c
      WHERE c.account_id = ANY($1::text[]) AND c.id IS NOT NULL
      ORDER BY c.account_id, c.id, c.receives_billing_email, c.email`,
    accountIds,
  )
}
