import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'
import type { MailResult } from './mail-results.ts'

/** Why an address is on the list: its server refused it, a bounce came back, its owner complained, a person put it there. */
export type SuppressionReason = 'recipient-refused' | 'bounced' | 'complaint' | 'manual'

/** An address, by its hash, that is to get no mail, or no warnings. */
export type NewSuppression = Readonly<{
  addressHash: string
  reason: SuppressionReason
  /** What it keeps away: all mail, or warnings only. */
  scope: 'all' | 'warnings'
  /** Where it came from: `mail <id>`, or who added it. */
  source: string
}>

/**
 * Puts addresses on the list. May be repeated: one that is on it keeps its first reason, unless the new one keeps more
 * away, or it had been lifted.
 *
 * @returns how many were put on it, or keep more away than before
 */
export async function suppress(db: Transaction, entries: readonly NewSuppression[]): Promise<number> {
  if (entries.length === 0) return 0
  return db.$executeRawUnsafe(
    `INSERT INTO reminders.suppressions AS s (address_hash, reason, scope, source, created_at)
     SELECT DISTINCT ON (hash) hash, reason, scope, source, clock_timestamp()
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS r(hash, reason, scope, source)
      ORDER BY hash, scope
     ON CONFLICT (address_hash) DO UPDATE
        SET reason = excluded.reason, scope = excluded.scope, source = excluded.source,
            created_at = excluded.created_at, lifted_at = NULL
      WHERE s.lifted_at IS NOT NULL OR (s.scope = 'warnings' AND excluded.scope = 'all')`,
    entries.map(({ addressHash }) => addressHash),
    entries.map(({ reason }) => reason),
    entries.map(({ scope }) => scope),
    entries.map(({ source }) => source),
  )
}

/** Keeps from all further mail the addresses that their servers refused for good. */
export async function suppressRefused(db: Transaction, results: readonly MailResult[]): Promise<void> {
  const refused = results.flatMap(({ id, reason, to }) =>
    reason === 'recipient-refused' && to !== null ? [{ source: `mail ${id}`, to }] : [],
  )
  await suppress(
    db,
    refused.map(({ to, source }) => ({
      addressHash: addressHash(to),
      reason: 'recipient-refused',
      scope: 'all',
      source,
    })),
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
