import { FORGOTTEN } from '../domain/retention.ts'
import type { Database, Transaction } from './database.ts'
import { type ForgottenMails, forgetMails } from './forgotten-mails.ts'
import { suppress } from './suppressions.ts'

/** What the ledger has of an address, by its hash. */
export type KnownOfAddress = Readonly<{ mails: number; reports: number; entries: number; inForce: number }>

/** What was taken out, and what stays. */
export type Forgotten = ForgottenMails &
  Readonly<{
    /** Entries of the suppression list, and wishes, that hold no more. */
    lapsed: number
    /** Those that hold: they stay, or the person would be mailed again. */
    inForce: number
    /** Mails that are in somebody's hands just now, and are not touched: their result would bring the address back. */
    inHand: number
  }>

/** How much there is of an address. */
export async function readKnown(tx: Transaction, hash: string): Promise<KnownOfAddress> {
  const [known] = await tx.$queryRawUnsafe<KnownOfAddress[]>(
    `WITH entries AS (
       SELECT lifted_at FROM reminders.suppressions WHERE address_hash = $1
       UNION ALL SELECT lifted_at FROM reminders.unsubscriptions WHERE address_hash = $1)
     SELECT (SELECT count(*)::int FROM reminders.mails WHERE address_hash = $1) AS mails,
            (SELECT count(*)::int FROM reminders.reports WHERE address_hash = $1) AS reports,
            (SELECT count(*)::int FROM entries) AS entries,
            (SELECT count(*)::int FROM entries WHERE lifted_at IS NULL) AS "inForce"`,
    hash,
  )
  if (known === undefined) throw new Error('the database answered a count with nothing')
  return known
}

const FORGETTING_TIMEOUT_MS = 5 * 60_000

/**
 * Takes an address out of the ledger, by its hash, in one transaction: whole or not at all. May be repeated, and finds
 * then what has come since.
 *
 * @param isSuppressed true: and puts it on the suppression list, where its hash stays
 */
export async function forgetAddress(
  db: Database,
  { hash, isSuppressed }: Readonly<{ hash: string; isSuppressed: boolean }>,
): Promise<Forgotten> {
  return db.$transaction(
    async (tx) => {
      // First, so that whoever reads the address's mails afresh from now on sends none of them.
      if (isSuppressed) await suppress(tx, [{ addressHash: hash, reason: 'manual', scope: 'all', source: 'forget' }])
      const mails = await tx.$queryRawUnsafe<{ id: string }[]>(
        // Whoever has one locked is about to send it, or has sent it: to wait would be to wait in a circle, since a batch
        // takes its mails in an order of its own. And whoever writes a report about one need not wait for this.
        `SELECT id::text AS id FROM reminders.mails
          WHERE address_hash = $1 AND state <> 'sending' FOR NO KEY UPDATE SKIP LOCKED`,
        hash,
      )
      const forgotten = await forgetMails(
        tx,
        mails.map(({ id }) => id),
      )
      const alone = await tx.$executeRawUnsafe(
        'UPDATE reminders.reports SET address_hash = NULL, diagnostic = NULL WHERE address_hash = $1',
        hash,
      )
      const lapsed = await forgetLapsed(tx, hash)
      const { inForce, mails: inHand } = await readKnown(tx, hash)
      return { ...forgotten, reports: forgotten.reports + alone, lapsed, inForce, inHand }
    },
    { timeout: FORGETTING_TIMEOUT_MS, maxWait: FORGETTING_TIMEOUT_MS },
  )
}

/** What holds no more needs nobody to hold for. The rows stay: a bounce of before they were lifted is still no news. */
async function forgetLapsed(tx: Transaction, hash: string): Promise<number> {
  const nobody = (table: string) => `encode(sha256(convert_to('${FORGOTTEN} ${table} ' || id, 'UTF8')), 'hex')`
  let lapsed = 0
  for (const table of ['suppressions', 'unsubscriptions']) {
    lapsed += await tx.$executeRawUnsafe(
      `UPDATE reminders.${table} SET address_hash = ${nobody(table)} WHERE address_hash = $1 AND lifted_at IS NOT NULL`,
      hash,
    )
  }
  return lapsed
}
