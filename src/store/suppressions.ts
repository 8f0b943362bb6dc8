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
