import type { SuppressionScope } from '../domain/model.ts'
import type { Database, Transaction } from './database.ts'
import { liftWishes } from './opt-outs.ts'
import {
  type NewSuppression,
  type SuppressionOutcome,
  type SuppressionReason,
  suppressEach,
  UNSUBSCRIBED,
} from './suppressions.ts'

/** An address that is on the list, by its hash: for what its owner asked, or for another reason; it may be twice, for both. */
export type Suppression = Readonly<{
  addressHash: string
  reason: SuppressionReason
  scope: SuppressionScope
  source: string
  createdAt: Date
}>

const COLUMNS = { addressHash: true, reason: true, scope: true, source: true, createdAt: true } as const
const PAGE_ADDRESSES = 5000
/** Long enough for a list of millions. */
const WRITING_TIMEOUT_MS = 30 * 60_000

/**
 * Puts any number of addresses on the list: all of them, or with a fault none.
 *
 * @returns what came of each, by hash
 */
export function suppressAll(
  db: Database,
  entries: readonly NewSuppression[],
): Promise<ReadonlyMap<string, SuppressionOutcome>> {
  return db.$transaction(
    async (tx) => {
      const outcomes = new Map<string, SuppressionOutcome>()
      for (let from = 0; from < entries.length; from += PAGE_ADDRESSES) {
        const page = await suppressEach(tx, entries.slice(from, from + PAGE_ADDRESSES))
        // Of an address that stands in two pages, the first tells what became of it.
        for (const [hash, outcome] of page) if (!outcomes.has(hash)) outcomes.set(hash, outcome)
      }
      return outcomes
    },
    { timeout: WRITING_TIMEOUT_MS },
  )
}

/**
 * Takes addresses off the list for all reasons but what their owners asked; their rows stay, to tell what once was.
 *
 * @returns the hashes of those that were on it
 */
export async function liftSuppressions(db: Transaction, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.$queryRawUnsafe<{ hash: string }[]>(
    `UPDATE reminders.suppressions SET lifted_at = clock_timestamp()
      WHERE address_hash = ANY($1::text[]) AND reason <> '${UNSUBSCRIBED}' AND lifted_at IS NULL
      RETURNING address_hash AS hash`,
    hashes,
  )
  return new Set(rows.map(({ hash }) => hash))
}

/**
 * Lets all mail go to addresses again: takes them off the list whatever the reason, and lifts what their owners asked,
 * for whichever account. For a person who was told so by the owner.
 *
 * @returns the hashes of those that something was kept from
 */
export async function liftEverything(db: Database, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  return db.$transaction(
    async (tx) => {
      // In the order in which readers' own wishes are written, so that nobody waits in a circle.
      const asked = await liftWishes(tx, hashes)
      const rows = await tx.$queryRawUnsafe<{ hash: string }[]>(
        `UPDATE reminders.suppressions SET lifted_at = clock_timestamp()
          WHERE address_hash = ANY($1::text[]) AND reason = '${UNSUBSCRIBED}' AND lifted_at IS NULL
          RETURNING address_hash AS hash`,
        hashes,
      )
      return new Set([...asked, ...rows.map(({ hash }) => hash), ...(await liftSuppressions(tx, hashes))])
    },
    { timeout: WRITING_TIMEOUT_MS },
  )
}

/** Those of the addresses that are on the list. */
export async function findSuppressions(db: Transaction, hashes: readonly string[]): Promise<readonly Suppression[]> {
  const rows = await db.suppression.findMany({
    where: { addressHash: { in: [...hashes] }, liftedAt: null },
    select: COLUMNS,
    orderBy: [{ addressHash: 'asc' }, { reason: 'asc' }],
  })
  return rows.map(toSuppression)
}

/** The latest additions to the list, newest first. */
export async function latestSuppressions(db: Transaction, limit: number): Promise<readonly Suppression[]> {
  const rows = await db.suppression.findMany({
    where: { liftedAt: null },
    select: COLUMNS,
    orderBy: [{ listedAt: 'desc' }, { addressHash: 'asc' }, { reason: 'asc' }],
    take: limit,
  })
  return rows.map(toSuppression)
}

export function countSuppressions(db: Transaction): Promise<number> {
  return db.suppression.count({ where: { liftedAt: null } })
}

/** The whole list in the order of the hashes, a page at a time. */
export async function* suppressionPages(db: Transaction): AsyncGenerator<readonly Suppression[]> {
  for (let after = { addressHash: '', reason: '' }; ; ) {
    const { addressHash, reason } = after
    const rows = await db.suppression.findMany({
      where: {
        liftedAt: null,
        OR: [{ addressHash: { gt: addressHash } }, { addressHash, reason: { gt: reason } }],
      },
      select: COLUMNS,
      orderBy: [{ addressHash: 'asc' }, { reason: 'asc' }],
      take: PAGE_ADDRESSES,
    })
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map(toSuppression)
    after = last
  }
}

type Row = Omit<Suppression, 'reason' | 'scope'> & Readonly<{ reason: string; scope: string }>

/** What the database's own checks hold to the closed lists. */
function toSuppression({ reason, scope, ...row }: Row): Suppression {
  return { ...row, reason: reason as SuppressionReason, scope: scope as SuppressionScope }
}
