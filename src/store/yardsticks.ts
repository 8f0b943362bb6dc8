import type { RecentSweeps } from '../domain/guard.ts'
import type { Transaction } from './database.ts'

const LATEST_SWEEPS = 20
const LATEST_DAYS = 20

/** Let go out, and with something in it: most sweeps of a day find nothing due. The one being planned has no count yet. */
const WENT_OUT = `emails > 0 AND state IN ('planned', 'approved') AND as_of <= $1::timestamptz`

/** What recent sweeps up to `now` planned. Days are 24 hours each, counted back from `now`. */
export async function readRecentSweeps(tx: Transaction, now: Date): Promise<RecentSweeps> {
  const latest = await tx.$queryRawUnsafe<{ emails: number }[]>(
    `SELECT emails FROM reminders.sweeps WHERE ${WENT_OUT} ORDER BY as_of DESC, id DESC LIMIT ${LATEST_SWEEPS}`,
    now.toISOString(),
  )
  const largestOfDays = await tx.$queryRawUnsafe<{ emails: number }[]>(
    `SELECT max(emails) AS emails FROM reminders.sweeps
      WHERE ${WENT_OUT} AND as_of > $1::timestamptz - interval '${LATEST_DAYS * 24} hours'
      GROUP BY floor(extract(epoch FROM $1::timestamptz - as_of) / 86400)`,
    now.toISOString(),
  )
  return { latest: latest.map(({ emails }) => emails), largestOfDays: largestOfDays.map(({ emails }) => emails) }
}

/** Contacts read for each address looked for, before all of them are: a few share one. */
const CONTACTS_PER_ADDRESS = 2
/** No base has more: to look for so many, all are read at once. */
const MOST_ADDRESSES = 1_000_000_000

/**
 * How many addresses receive billing mail, each counted once, however it is written in case. Where there are `enough`, some
 * number of at least that: then a small part of the contacts has been read, and not millions.
 */
export async function countAddresses(tx: Transaction, enough: number): Promise<number> {
  if (enough <= MOST_ADDRESSES) {
    const limit = enough * CONTACTS_PER_ADDRESS
    const found = await countAmong(tx, limit)
    if (found.addresses >= enough || found.contacts < limit) return found.addresses
  }
  return (await countAmong(tx, null)).addresses
}

type Count = Readonly<{ contacts: number; addresses: number }>

async function countAmong(tx: Transaction, limit: number | null): Promise<Count> {
  const rows = await tx.$queryRawUnsafe<Count[]>(
    `SELECT coalesce(sum(contacts), 0)::float8 AS contacts, count(*)::float8 AS addresses
       FROM (SELECT count(*) AS contacts
               FROM (SELECT email FROM billing.contacts
                      WHERE receives_billing_email AND email IS NOT NULL LIMIT $1::bigint) AS read
              GROUP BY lower(btrim(email))) AS by_address`,
    limit,
  )
  return rows[0] ?? { contacts: 0, addresses: 0 }
}
