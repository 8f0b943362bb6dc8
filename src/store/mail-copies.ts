import type { Database, Transaction } from './database.ts'

/** A try that may have arrived, and what is left of its copy. */
export type KeptCopy = Readonly<{
  mailId: string
  attempt: number
  sourceHash: string
  sourceBytes: number
  at: Date
  /** Compressed; null where only the hash is kept. */
  source: Uint8Array | null
  /** What it was compressed with, itself compressed; null where nothing, or where that is lost. */
  dictionary: Uint8Array | null
}>

/** The copies of some mails, in the order of their attempts. */
export async function readCopies(tx: Transaction, mailIds: readonly string[]): Promise<readonly KeptCopy[]> {
  return tx.$queryRawUnsafe<KeptCopy[]>(
    `SELECT c.mail_id::text AS "mailId", c.attempt, c.source_hash AS "sourceHash", c.source_bytes AS "sourceBytes", c.at,
            c.source, d.content AS dictionary
       FROM reminders.mail_copies c LEFT JOIN reminders.mail_dictionaries d ON d.id = c.dictionary_id
      WHERE c.mail_id = ANY($1::uuid[]) ORDER BY c.mail_id, c.attempt`,
    mailIds,
  )
}

/** So many at a time: short enough to keep nobody waiting who writes beside it. */
const FORGOTTEN_AT_ONCE = 2000

/**
 * Forgets the text of the copies of before an instant, in the time of the business; their hashes stay. In small batches,
 * each of them done for good: whoever is stopped in between goes on another time.
 *
 * @returns how many it forgot
 */
export async function forgetOldCopies(db: Database, before: Date, signal?: AbortSignal): Promise<number> {
  let forgotten = 0
  for (;;) {
    const batch = await db.$executeRawUnsafe(
      `UPDATE reminders.mail_copies c SET source = NULL, dictionary_id = NULL
         FROM (SELECT mail_id, attempt FROM reminders.mail_copies
                WHERE source IS NOT NULL AND at < $1::timestamptz ORDER BY at LIMIT ${FORGOTTEN_AT_ONCE}
                  FOR UPDATE SKIP LOCKED) old
        WHERE c.mail_id = old.mail_id AND c.attempt = old.attempt`,
      before.toISOString(),
    )
    forgotten += batch
    if (batch < FORGOTTEN_AT_ONCE || signal?.aborted === true) return forgotten
  }
}
