import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'
import type { MailResult } from './mail-results.ts'

/** Keeps from all further mail the addresses that their servers refused for good. */
export async function suppressRefused(db: Transaction, results: readonly MailResult[]): Promise<void> {
  const refused = results.filter(({ reason, to }) => reason === 'recipient-refused' && to !== null)
  if (refused.length === 0) return
  await db.$executeRawUnsafe(
    `INSERT INTO reminders.suppressions (address_hash, reason, source, created_at)
     SELECT DISTINCT ON (hash) hash, 'recipient-refused', source, clock_timestamp()
       FROM unnest($1::text[], $2::text[]) AS r(hash, source)
     ON CONFLICT (address_hash) DO NOTHING`,
    refused.map(({ to }) => addressHash(to ?? '')),
    refused.map(({ id }) => `mail ${id}`),
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
