import { widest } from '../domain/kept-away.ts'
import type { SuppressionScope } from '../domain/model.ts'
import { FORGOTTEN } from '../domain/retention.ts'
import { addressHash } from './address-hash.ts'
import type { Database, Transaction } from './database.ts'
import { formerOf, suppress, UNSUBSCRIBED } from './suppressions.ts'

/** Whom a link speaks for. */
export type OptOutTarget = Readonly<{
  contactId: string
  accountId: string
  /** Null in a link that names no address: it speaks for the account only. */
  addressHash: string | null
}>

/** How it was asked: by the link without more, by a mail client's one click, by the form of the page, or by mail. */
export const OPT_OUT_SOURCES = ['link', 'one-click', 'page', 'mail'] as const
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number]

/** How far a wish reaches: to all mail to the address, or to mail about the one account. */
export type OptOutReach = 'address' | 'account'

export type Wish = Readonly<{ reach: OptOutReach; scope: SuppressionScope; source: OptOutSource }>

/** What holds for a reader; null: nothing is kept away that the reader asked to be. */
export type OptOutStanding = Readonly<{ reach: OptOutReach; scope: SuppressionScope }> | null

/** After a big sweep, a mail provider may send many wishes at once: they wait for each other. */
const BURST_TIMEOUT_MS = 20_000

/**
 * Writes down what a reader asked not to be sent. May be repeated, and never brings anything back: whoever asks for less
 * than holds already keeps what holds, and takes that back first. It answers the same for whomever it is.
 *
 * @returns what holds now
 */
export async function optOut(db: Database, target: OptOutTarget, { reach, scope, source }: Wish) {
  const contactId = await contactOf(db, target)
  const ofAddress = reach === 'address' && target.addressHash !== null
  const write = async (tx: Transaction) => {
    await tx.$executeRawUnsafe(
      // One that was lifted, or is widened, begins anew: mails of before were rightly sent. So does one that was asked for
      // all accounts and now for this alone: undone elsewhere, it would have come back.
      `INSERT INTO reminders.unsubscriptions AS u (contact_id, account_id, address_hash, reach, scope, source, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
       ON CONFLICT (account_id, coalesce(contact_id, ''), coalesce(address_hash, '')) DO UPDATE
          SET reach = CASE WHEN u.lifted_at IS NULL AND u.reach = 'account' THEN 'account' ELSE excluded.reach END,
              source = excluded.source, created_at = excluded.created_at, lifted_at = NULL,
              scope = CASE WHEN u.lifted_at IS NULL AND u.scope = 'all' THEN 'all' ELSE excluded.scope END,
              former = ${formerOf('u')} || jsonb_build_object(
                'scope', u.scope, 'source', u.source, 'createdAt', u.created_at,
                'until', coalesce(u.lifted_at, excluded.created_at))
        WHERE u.lifted_at IS NOT NULL OR (u.scope = 'warnings' AND excluded.scope = 'all')
              OR (u.reach = 'address' AND excluded.reach = 'account')`,
      ...[contactId, target.accountId, target.addressHash, ofAddress ? 'address' : 'account', scope, source],
    )
    if (ofAddress && target.addressHash !== null) {
      await suppress(tx, [{ addressHash: target.addressHash, reason: UNSUBSCRIBED, scope, source }])
    }
    return readStanding(tx, { ...target, contactId })
  }
  return inTurn(db, write)
}

/** Whom a mail was for; null where the ledger does not hold it. One whose address was forgotten speaks for its contact. */
export async function findTarget(db: Transaction, mailId: string): Promise<OptOutTarget | null> {
  const found = await db.mail.findUnique({
    where: { id: mailId },
    select: { contactId: true, accountId: true, addressHash: true, toAddress: true },
  })
  if (found === null) return null
  const { toAddress, addressHash, ...target } = found
  return { ...target, addressHash: toAddress === FORGOTTEN ? null : addressHash }
}

/**
 * Takes back what a reader asked, and nothing else: a bounce, a complaint, or what a person listed stays; and so does what
 * was asked for another account alone. A wish for all accounts ends for all. May be repeated.
 */
export async function undoOptOut(db: Database, target: OptOutTarget): Promise<void> {
  const contactId = await contactOf(db, target)
  const lift = async (tx: Transaction) => {
    await tx.$executeRawUnsafe(
      // In one order, so that nobody waits in a circle.
      `UPDATE reminders.unsubscriptions SET lifted_at = clock_timestamp() WHERE id IN (
         SELECT id FROM reminders.unsubscriptions
          WHERE ((${IS_OF_TARGET}) OR (address_hash = $3 AND reach = 'address')) AND lifted_at IS NULL
          ORDER BY id FOR UPDATE)`,
      ...[target.accountId, contactId, target.addressHash],
    )
    await tx.$executeRawUnsafe(
      `UPDATE reminders.suppressions SET lifted_at = clock_timestamp()
        WHERE address_hash = $1 AND reason = '${UNSUBSCRIBED}' AND lifted_at IS NULL`,
      target.addressHash,
    )
  }
  await inTurn(db, lift)
}

/**
 * Lifts what was asked for accounts, of addresses by their hashes: for the address itself, and by contacts that have it
 * now, whatever they had when they asked, or where that was not kept.
 *
 * @returns the hashes of those that something was lifted for
 */
export async function liftWishes(tx: Transaction, hashes: readonly string[]): Promise<readonly string[]> {
  const held = await tx.$queryRawUnsafe<{ id: bigint; hash: string | null; email: string | null }[]>(
    `SELECT u.id, u.address_hash AS hash, c.email
       FROM reminders.unsubscriptions u
       LEFT JOIN billing.contacts c ON c.id = u.contact_id AND c.account_id = u.account_id
      WHERE u.lifted_at IS NULL`,
  )
  const wanted = new Set(hashes)
  const found = held.flatMap(({ id, hash, email }) =>
    [hash, email === null ? null : addressHash(email)].flatMap((each) =>
      each !== null && wanted.has(each) ? [{ id, hash: each }] : [],
    ),
  )
  await tx.$executeRawUnsafe(
    `UPDATE reminders.unsubscriptions SET lifted_at = clock_timestamp() WHERE id IN (
       SELECT id FROM reminders.unsubscriptions WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE)`,
    found.map(({ id }) => id),
  )
  return found.map(({ hash }) => hash)
}

/** In one transaction, which waits for its turn where many readers ask at once. */
function inTurn<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.$transaction(work, { maxWait: BURST_TIMEOUT_MS, timeout: BURST_TIMEOUT_MS })
}

const IS_OF_TARGET = 'account_id = $1 AND (contact_id = $2 OR address_hash = $3)'

/**
 * The contact that the link still speaks for; null where that contact has another address by now. Whoever had the old one
 * may speak for it, and not for a successor: that person has links of their own.
 */
async function contactOf(db: Database, target: OptOutTarget): Promise<string | null> {
  if (target.addressHash === null) return target.contactId
  const rows = await db.$queryRawUnsafe<{ email: string | null }[]>(
    'SELECT email FROM billing.contacts WHERE id = $1 AND account_id = $2',
    ...[target.contactId, target.accountId],
  )
  const isAnothers = rows.length > 0 && !rows.some(({ email }) => addressHash(email ?? '') === target.addressHash)
  return isAnothers ? null : target.contactId
}

type Target = Readonly<{ contactId: string | null; accountId: string; addressHash: string | null }>

async function readStanding(
  tx: Transaction,
  { accountId, contactId, addressHash: hash }: Target,
): Promise<OptOutStanding> {
  const rows = await tx.$queryRawUnsafe<{ reach: OptOutReach; scope: SuppressionScope }[]>(
    `SELECT 'account' AS reach, scope FROM reminders.unsubscriptions WHERE ${IS_OF_TARGET} AND lifted_at IS NULL
      UNION ALL
     SELECT 'address', scope FROM reminders.suppressions
      WHERE address_hash = $3 AND reason = '${UNSUBSCRIBED}' AND lifted_at IS NULL`,
    ...[accountId, contactId, hash],
  )
  const scope = widest(rows.map((row) => row.scope))
  if (scope === null) return null
  return { reach: rows.some(({ reach }) => reach === 'address') ? 'address' : 'account', scope }
}
