import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'

/** Keeps an address from all further mail, because its server refused it for good. */
export async function suppressAddress(db: Transaction, address: string, mailId: string): Promise<void> {
  await db.$executeRawUnsafe(
    `INSERT INTO reminders.suppressions (address_hash, reason, source, created_at)
     VALUES ($1, 'recipient-refused', $2, clock_timestamp()) ON CONFLICT (address_hash) DO NOTHING`,
    addressHash(address),
    `mail ${mailId}`,
  )
}

/** Keeps reminders from a contact for an account, because the person asked for it. May be repeated. */
export async function unsubscribeContact(
  db: Transaction,
  target: Readonly<{ contactId: string; accountId: string }>,
): Promise<void> {
  await db.$executeRawUnsafe(
    `INSERT INTO reminders.unsubscriptions (contact_id, account_id, created_at)
     VALUES ($1, $2, clock_timestamp()) ON CONFLICT (contact_id, account_id) DO NOTHING`,
    target.contactId,
    target.accountId,
  )
}
