import type { AccountFile } from '../domain/account-file.ts'
import { normaliseAddress } from '../domain/address.ts'
import type { Contact } from '../domain/model.ts'
import type { LedgerNotice } from '../domain/told.ts'
import { addressHash } from './address-hash.ts'
import { toContact } from './billing-rows.ts'
import { type AccountCandidates, readGrants } from './candidates.ts'
import { readContactRows } from './contact-rows.ts'
import type { Transaction } from './database.ts'
import { readKeptAway } from './kept-away.ts'

/** How a sweep that is half planned is to be seen: as let go already, or as never planned. */
export type HalfPlanned = Readonly<{ sweepId: string; isLetGo: boolean }>

/**
 * Completes accounts and their grants to all that is known of them: contacts, opt-outs, suppressions, what they were told.
 *
 * @param halfPlanned null: as the ledger has it, which keeps its mails back
 */
export async function readAccountFiles(
  tx: Transaction,
  candidates: readonly AccountCandidates[],
  halfPlanned: HalfPlanned | null = null,
): Promise<readonly AccountFile[]> {
  const contacts = await readContacts(
    tx,
    candidates.map(({ accountId }) => accountId),
  )
  const told = await readNotices(
    tx,
    candidates.flatMap(({ grants }) => grants.map(({ id }) => id)),
    halfPlanned,
  )
  const contactsOf = Map.groupBy(contacts, ({ accountId }) => accountId)
  const toldOf = Map.groupBy(told, ({ grantId }) => grantId)
  return candidates.map((each) => ({
    ...each,
    contacts: contactsOf.get(each.accountId) ?? [],
    told: each.grants.flatMap(({ id }) => toldOf.get(id) ?? []),
  }))
}

/** The same for the accounts of mails in delivery, with the grants that these speak of, as they stand now. */
export async function readFilesOfMails(
  tx: Transaction,
  mails: readonly Readonly<{ accountId: string; notices: readonly Readonly<{ grantId: string }>[] }>[],
  halfPlanned: HalfPlanned | null = null,
): Promise<ReadonlyMap<string, AccountFile>> {
  const grantIds = new Set(mails.flatMap(({ notices }) => notices.map(({ grantId }) => grantId)))
  const found = await readGrants(tx, [...grantIds])
  const foundIds = new Set(found.map(({ accountId }) => accountId))
  const missing = new Set(mails.map(({ accountId }) => accountId).filter((id) => !foundIds.has(id)))
  const emptied = [...missing].map((accountId) => ({ accountId, account: null, grants: [] }))
  const files = await readAccountFiles(tx, [...found, ...emptied], halfPlanned)
  return new Map(files.map((file) => [file.accountId, file]))
}

/** Whether the company has an account of this id. */
export async function accountExists(tx: Transaction, accountId: string): Promise<boolean> {
  const rows = await tx.$queryRawUnsafe<object[]>(
    `SELECT 1 AS one FROM billing.accounts WHERE id = $1 LIMIT 1`,
    accountId,
  )
  return rows.length > 0
}

async function readContacts(tx: Transaction, accountIds: readonly string[]): Promise<readonly Contact[]> {
  const rows = await readContactRows(tx, accountIds)
  const keptAway = await readKeptAway(
    tx,
    rows.map(({ id, accountId, email }) => ({ contactId: id, accountId, addressHash: addressHash(email ?? '') })),
  )
  return rows.map((row, index) => toContact(row, keptAway[index] ?? { optedOut: null, suppressed: null }))
}

type NoticeRow = Omit<LedgerNotice, 'expiresAt' | 'address'> & Readonly<{ expiresAt: number; to: string }>

/** The ledger's notices of grants, in the order of planning, dropped ones left out. */
export async function readNotices(
  tx: Transaction,
  grantIds: readonly string[],
  halfPlanned: HalfPlanned | null,
): Promise<readonly LedgerNotice[]> {
  const rows = await tx.$queryRawUnsafe<NoticeRow[]>(
    // Row by row, by the indexes: within a sweep the planner has no statistics of what it has just written, and would
    // read all of it for each page.
    `SELECT n.id::text AS id, n.mail_id::text AS "mailId", n.grant_id AS "grantId", n.contact_id AS "contactId",
            m.to_address AS "to", (extract(epoch FROM n.expires_at) * 1000)::float8 AS "expiresAt", n.stage,
            CASE WHEN m.state = 'held' AND m.sweep_id IS DISTINCT FROM $2 THEN 'held' ELSE n.state END AS state
       FROM (SELECT DISTINCT unnest($1::text[])) AS asked(grant_id)
      CROSS JOIN LATERAL (
        SELECT * FROM reminders.notices WHERE grant_id = asked.grant_id AND state <> 'dropped' OFFSET 0) n
      CROSS JOIN LATERAL (SELECT to_address, state, sweep_id FROM reminders.mails WHERE id = n.mail_id OFFSET 0) m
      WHERE $3::bool OR m.sweep_id IS DISTINCT FROM $2
      ORDER BY n.id`,
    grantIds,
    halfPlanned?.sweepId ?? null,
    halfPlanned?.isLetGo ?? true,
  )
  return rows.map(({ to, expiresAt, ...row }) => ({
    ...row,
    address: normaliseAddress(to),
    expiresAt: new Date(expiresAt),
  }))
}

/**
 * How many mails each address, normalised, had in the 24 hours before `now`, or is about to get from earlier sweeps.
 * An address that had none is not in the map.
 *
 * @param sweepId the sweep that is being planned, which counts its own mails
 */
export async function readMailsToday(
  tx: Transaction,
  contacts: readonly Contact[],
  now: Date,
  sweepId: string | null,
): Promise<ReadonlyMap<string, number>> {
  const addressOf = new Map(contacts.map(({ email }) => [addressHash(email), normaliseAddress(email)]))
  const rows = await tx.$queryRawUnsafe<{ hash: string; mails: number }[]>(
    // Address by address, for the reason given at readNotices.
    `SELECT asked.hash, found.mails
       FROM unnest($1::text[]) AS asked(hash)
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS mails FROM reminders.mails
         WHERE address_hash = asked.hash AND sweep_id IS DISTINCT FROM $3
           AND (state IN ('held', 'queued', 'sending')
                OR (state = 'sent' AND sent_at > $2::timestamptz - interval '24 hours' AND sent_at <= $2::timestamptz))
      ) found
      WHERE found.mails > 0`,
    [...addressOf.keys()],
    now.toISOString(),
    sweepId,
  )
  return new Map(rows.map(({ hash, mails }) => [addressOf.get(hash) ?? '', mails]))
}
