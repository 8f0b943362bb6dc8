import { FORGOTTEN } from '../domain/retention.ts'
import type { Transaction } from './database.ts'

/**
 * A value in the place of an address's hash that no address has, of a mail by its id: it tells nothing of whom the mail
 * was for.
 */
const NOBODY = `encode(sha256(convert_to('${FORGOTTEN} ' || m.id::text, 'UTF8')), 'hex')`

/** What was taken out of the ledger. */
export type ForgottenMails = Readonly<{ mails: number; copies: number; reports: number }>

/**
 * Takes out of mails, by their ids, whom they went to: the address, its hash, the copies, and the words of other servers,
 * which like to repeat an address. What else the ledger has of them stays: that they were sent, when, about what, to which
 * contact by its id, and with which reply code; that is what "once" rests on.
 */
export async function forgetMails(tx: Transaction, ids: readonly string[]): Promise<ForgottenMails> {
  const mails = await tx.$executeRawUnsafe(
    `UPDATE reminders.mails m SET to_address = '${FORGOTTEN}', address_hash = ${NOBODY} WHERE id = ANY($1::uuid[])`,
    ids,
  )
  const copies = await tx.$executeRawUnsafe(
    `UPDATE reminders.mail_copies SET source = NULL, dictionary_id = NULL
      WHERE mail_id = ANY($1::uuid[]) AND source IS NOT NULL`,
    ids,
  )
  await tx.$executeRawUnsafe(
    // Of a mail that was taken, the words are the number under which the server had it; they are kept but for an address.
    `UPDATE reminders.attempts
        SET reply = CASE WHEN outcome = 'sent' THEN regexp_replace(reply, '[^[:space:]<>(),;:]+@[^[:space:]<>(),;]+', '${FORGOTTEN}', 'g')
                         ELSE '${FORGOTTEN}' END
      WHERE mail_id = ANY($1::uuid[]) AND (outcome <> 'sent' OR position('@' IN reply) > 0)`,
    ids,
  )
  const reports = await tx.$executeRawUnsafe(
    `UPDATE reminders.reports SET address_hash = NULL, diagnostic = NULL
      WHERE mail_id = ANY($1::uuid[]) AND (address_hash IS NOT NULL OR diagnostic IS NOT NULL)`,
    ids,
  )
  return { mails, copies, reports }
}
