import { normaliseAddress } from '../domain/address.ts'
import type { MailsToAddress } from '../domain/mail-log.ts'
import type { Contact } from '../domain/model.ts'
import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'

type MailRow = Readonly<{ hash: string; sentAt: number | null }>

/**
 * The mails of contacts' addresses, normalised, that count for the limit a day at some time from `now` on: those sent in
 * the 24 hours before it or later, and those that earlier sweeps are about to send.
 *
 * @param except a sweep that counts for nothing
 */
export async function readMailsFrom(
  tx: Transaction,
  contacts: readonly Contact[],
  { now, except }: Readonly<{ now: Date; except: string | null }>,
): Promise<ReadonlyMap<string, MailsToAddress>> {
  const addressOf = new Map(contacts.map(({ email }) => [addressHash(email), normaliseAddress(email)]))
  const rows = await tx.$queryRawUnsafe<MailRow[]>(
    // Address by address, as the sweep does it.
    `SELECT asked.hash, found.sent AS "sentAt"
       FROM unnest($1::text[]) AS asked(hash)
      CROSS JOIN LATERAL (
        SELECT CASE WHEN state = 'sent' THEN (extract(epoch FROM sent_at) * 1000)::float8 END AS sent
          FROM reminders.mails
         WHERE address_hash = asked.hash AND sweep_id IS DISTINCT FROM $3
           AND (state IN ('held', 'queued', 'sending')
                OR (state = 'sent' AND sent_at > $2::timestamptz - interval '24 hours'))
      ) found`,
    [...addressOf.keys()],
    now.toISOString(),
    except,
  )
  const byHash = Map.groupBy(rows, ({ hash }) => hash)
  return new Map(
    [...byHash].map(([hash, mails]) => [
      addressOf.get(hash) ?? '',
      {
        sentAt: mails.flatMap(({ sentAt }) => (sentAt === null ? [] : [new Date(sentAt)])),
        waiting: mails.filter(({ sentAt }) => sentAt === null).length,
      },
    ]),
  )
}

/** Where a mail goes, normalised, and when it is tried next; null: as soon as may be, it being in hands that are gone. */
export type NextTry = Readonly<{ address: string; nextAt: Date | null }>

export async function readNextTries(
  tx: Transaction,
  mailIds: readonly string[],
): Promise<ReadonlyMap<string, NextTry>> {
  const rows = await tx.$queryRawUnsafe<{ id: string; to: string; nextAt: number | null }[]>(
    `SELECT id::text AS id, to_address AS "to",
            CASE WHEN state = 'queued' THEN (extract(epoch FROM next_attempt_at) * 1000)::float8 END AS "nextAt"
       FROM reminders.mails WHERE id = ANY($1::uuid[])`,
    mailIds,
  )
  return new Map(
    rows.map(({ id, to, nextAt }) => [
      id,
      { address: normaliseAddress(to), nextAt: nextAt === null ? null : new Date(Math.ceil(nextAt)) },
    ]),
  )
}
