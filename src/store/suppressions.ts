import type { SuppressionScope } from '../domain/model.ts'
import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'
import type { MailResult } from './mail-results.ts'

/** What its owner asked, who alone takes it back: it stands beside whatever else keeps mail from the address. */
export const UNSUBSCRIBED = 'unsubscribed'

/**
 * Why an address is on the list: its server refused it, a bounce came back, its owner complained, a person put it there,
 * or its owner asked for no more.
 */
export const SUPPRESSION_REASONS = ['recipient-refused', 'bounced', 'complaint', 'manual', UNSUBSCRIBED] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

/** Of what stood on a row, the latest: whoever asks and takes back without end fills no disk. */
const MAX_FORMER = 100

/** What stood on a row before, of a table by its alias, with room for one more. */
export function formerOf(row: string): string {
  return `(CASE WHEN jsonb_array_length(${row}.former) < ${MAX_FORMER} THEN ${row}.former ELSE ${row}.former - 0 END)`
}

/** An address, by its hash, that is to get no mail, or no warnings. */
export type NewSuppression = Readonly<{
  addressHash: string
  reason: SuppressionReason
  /** What it keeps away: all mail, or warnings only. */
  scope: SuppressionScope
  /** Where it came from: `mail <id>`, or who added it. */
  source: string
  /** When it was first put on this list or another one that it was taken over from; not given: now. */
  createdAt?: Date
}>

/** What came of putting an address on the list: `widened`, now for all mail too; `kept`, it was on it for as much before. */
export type SuppressionOutcome = 'added' | 'widened' | 'kept'

/**
 * Puts addresses on the list. May be repeated: one that is on it keeps its first reason, unless the new one keeps more
 * away, or it had been lifted. What its owner asked is kept apart from all other reasons, and neither replaces the other.
 *
 * @returns how many were put on it, or keep more away than before
 */
export async function suppress(db: Transaction, entries: readonly NewSuppression[]): Promise<number> {
  const outcomes = await suppressEach(db, entries)
  return [...outcomes.values()].filter((outcome) => outcome !== 'kept').length
}

/** The same, with what came of each, by hash. */
export async function suppressEach(
  db: Transaction,
  entries: readonly NewSuppression[],
): Promise<ReadonlyMap<string, SuppressionOutcome>> {
  if (entries.length === 0) return new Map()
  const rows = await db.$queryRawUnsafe<{ hash: string; outcome: SuppressionOutcome }[]>(
    `WITH given AS (
       SELECT DISTINCT ON (hash, reason = '${UNSUBSCRIBED}') *, reason = '${UNSUBSCRIBED}' AS asked
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
           AS r(hash, reason, scope, source, created_at)
        ORDER BY hash, reason = '${UNSUBSCRIBED}', scope
     ), before AS (
       SELECT address_hash, lifted_at, reason = '${UNSUBSCRIBED}' AS asked FROM reminders.suppressions WHERE address_hash = ANY($1::text[])
     ), written AS (
       INSERT INTO reminders.suppressions AS s (address_hash, reason, scope, source, created_at, listed_at)
       SELECT hash, reason, scope, source, coalesce(created_at, clock_timestamp()), clock_timestamp() FROM given
       ON CONFLICT (address_hash, (reason = '${UNSUBSCRIBED}')) DO UPDATE
          SET reason = excluded.reason, scope = excluded.scope, source = excluded.source,
              created_at = excluded.created_at, listed_at = excluded.listed_at, lifted_at = NULL,
              former = ${formerOf('s')} || jsonb_build_object(
                'reason', s.reason, 'scope', s.scope, 'source', s.source, 'createdAt', s.created_at,
                'listedAt', s.listed_at, 'until', coalesce(s.lifted_at, excluded.listed_at))
        WHERE s.lifted_at IS NOT NULL OR (s.scope = 'warnings' AND excluded.scope = 'all')
       RETURNING address_hash, reason = '${UNSUBSCRIBED}' AS asked
     )
     SELECT given.hash, CASE WHEN written.address_hash IS NULL THEN 'kept'
                             WHEN before.address_hash IS NULL OR before.lifted_at IS NOT NULL THEN 'added'
                             ELSE 'widened' END AS outcome
       FROM given
       LEFT JOIN written ON written.address_hash = given.hash AND written.asked = given.asked
       LEFT JOIN before ON before.address_hash = given.hash AND before.asked = given.asked`,
    entries.map(({ addressHash }) => addressHash),
    entries.map(({ reason }) => reason),
    entries.map(({ scope }) => scope),
    entries.map(({ source }) => source),
    entries.map(({ createdAt }) => createdAt?.toISOString() ?? null),
  )
  // Of an address that is given for both, what changed is told.
  const keptFirst = rows.toSorted((a, b) => Number(b.outcome === 'kept') - Number(a.outcome === 'kept'))
  return new Map(keptFirst.map(({ hash, outcome }) => [hash, outcome]))
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
