import { NEVER_EXPIRES } from '../domain/never.ts'
import { FORGOTTEN } from '../domain/retention.ts'
import type { Database, Transaction } from './database.ts'
import { forgetMails } from './forgotten-mails.ts'

/** So many are looked at in one transaction: short enough to keep nobody waiting who writes beside it. */
const PAGE_MAILS = 1000
/** Long enough on a machine that is busy; the page is done for good, or not at all. */
const PAGE_TIMEOUT_MS = 60_000

/** Mails that are over. Those that wait, or are in somebody's hands, stay however old they are. */
const OVER = `('sent', 'failed', 'cancelled', 'discarded')`

/** A notice that still decides about what is said of its grant: its expiry is not past, or not for long enough. */
const DECIDES = (notice: string) =>
  `(${notice}.state <> 'dropped' AND ${notice}.expires_at >= $2::timestamptz AND ${notice}.expires_at <> $3::timestamptz)`

/**
 * Of a page of mails by their ids, those that decide about nothing any more.
 *
 * - A notice closes its stage for as long as its expiry is ahead or still news. It stays until then.
 * - What a person was told last of a grant decides whether a correction is due. So no notice goes while an earlier one of
 *   its grant stays that decides: else that one would count as the last.
 * - Whoever was told that a grant never expires is not told so again, whenever it may be. Such a mail stays, without the
 *   address that it went to.
 */
const SPENT = `
  m.state IN ${OVER} AND s.as_of < $2::timestamptz AND m.deadline < $2::timestamptz
  AND coalesce(m.sent_at, s.as_of) < $2::timestamptz
  AND NOT EXISTS (
    SELECT 1 FROM reminders.notices n
     WHERE n.mail_id = m.id AND n.state <> 'dropped'
       AND (${DECIDES('n')}
            OR EXISTS (SELECT 1 FROM reminders.notices o
                        WHERE o.grant_id = n.grant_id AND o.id < n.id AND ${DECIDES('o')})))`

const TOLD_NEVER = `EXISTS (
    SELECT 1 FROM reminders.notices n
     WHERE n.mail_id = m.id AND n.state <> 'dropped' AND n.expires_at = $3::timestamptz)`

/** `kept`: to be kept without its address. */
type Page = Readonly<{ last: string; isOld: boolean; removable: readonly string[]; kept: readonly string[] }>

/**
 * Removes the mails of before an instant, in the time of the business, with all that hangs on them, and adds them to the
 * totals of their days in the same transaction. In small pages, each of them done for good: whoever is stopped in between
 * goes on another time, and several at once do each mail once.
 *
 * @returns how many it removed
 */
export async function removeOldMails(db: Database, before: Date, signal?: AbortSignal): Promise<number> {
  let removed = 0
  let after = '00000000-0000-0000-0000-000000000000'
  while (signal?.aborted !== true) {
    const page = await db.$transaction(
      async (tx) => {
        const found = await readPage(tx, after, before)
        if (found !== null && found.removable.length > 0) await removeMails(tx, found.removable)
        if (found !== null && found.kept.length > 0) await forgetMails(tx, found.kept)
        return found
      },
      { timeout: PAGE_TIMEOUT_MS, maxWait: PAGE_TIMEOUT_MS },
    )
    if (page === null) break
    removed += page.removable.length
    // Ids begin with the time: after a page of which none is old, there are no more.
    if (!page.isOld) break
    after = page.last
  }
  return removed
}

async function readPage(tx: Transaction, after: string, before: Date): Promise<Page | null> {
  const values = [after, before.toISOString()]
  const [page] = await tx.$queryRawUnsafe<{ last: string | null; isOld: boolean | null }[]>(
    `SELECT max(id::text) AS last, bool_or(as_of < $2::timestamptz) AS "isOld"
       FROM (SELECT m.id, s.as_of FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id
              WHERE m.id > $1::uuid ORDER BY m.id LIMIT ${PAGE_MAILS}) page`,
    ...values,
  )
  if (page === undefined || page.last === null) return null
  const { last, isOld } = page
  if (isOld !== true) return { last, isOld: false, removable: [], kept: [] }
  const rows = await tx.$queryRawUnsafe<{ id: string; isKept: boolean }[]>(
    // Whoever has one locked does something with it: it is left for another time.
    `SELECT m.id::text AS id, ${TOLD_NEVER} AS "isKept" FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id
      WHERE m.id > $1::uuid AND m.id <= $4::uuid AND ${SPENT} AND (m.to_address <> '${FORGOTTEN}' OR NOT ${TOLD_NEVER})
      ORDER BY m.id FOR UPDATE OF m SKIP LOCKED`,
    ...values,
    NEVER_EXPIRES.toISOString(),
    last,
  )
  const { kept = [], removable = [] } = Object.groupBy(rows, ({ isKept }) => (isKept ? 'kept' : 'removable'))
  return { last, isOld: true, removable: removable.map(({ id }) => id), kept: kept.map(({ id }) => id) }
}

/** Children first: none of them is without its mail at any time. */
async function removeMails(tx: Transaction, ids: readonly string[]): Promise<void> {
  await addToTotals(tx, ids)
  await tx.$executeRawUnsafe(
    // In one order, so that nobody waits in a circle. What a part of a sweep planned too much, its sweep does not count.
    `UPDATE reminders.sweeps s SET removed_mails = s.removed_mails + gone.mails
       FROM (SELECT s.id, count(*) FILTER (
                      WHERE NOT (s.split IS NOT NULL AND m.state = 'cancelled' AND m.reason = 'address-limit'))::int AS mails
               FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id
              WHERE m.id = ANY($1::uuid[]) GROUP BY s.id ORDER BY s.id) gone
      WHERE s.id = gone.id`,
    ids,
  )
  for (const table of ['notices', 'attempts', 'reports', 'mail_copies']) {
    await tx.$executeRawUnsafe(`DELETE FROM reminders.${table} WHERE mail_id = ANY($1::uuid[])`, ids)
  }
  await tx.$executeRawUnsafe(`DELETE FROM reminders.mails WHERE id = ANY($1::uuid[])`, ids)
}

async function addToTotals(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.daily_totals AS t (day, category, state, reason, mails, notices)
     SELECT (s.as_of AT TIME ZONE 'UTC')::date, m.category, m.state, coalesce(m.reason, ''), count(*), coalesce(sum(n.lines), 0)
       FROM reminders.mails m
       JOIN reminders.sweeps s ON s.id = m.sweep_id
      CROSS JOIN LATERAL (SELECT count(*) AS lines FROM reminders.notices WHERE mail_id = m.id) n
      WHERE m.id = ANY($1::uuid[])
      GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
     ON CONFLICT (day, category, state, reason)
       DO UPDATE SET mails = t.mails + excluded.mails, notices = t.notices + excluded.notices`,
    ids,
  )
}
