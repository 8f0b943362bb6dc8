import type { Moment } from '../domain/reach.ts'
import type { AccountRange } from './candidates.ts'
import type { Transaction } from './database.ts'
import type { SweepCounts } from './sweep-ledger.ts'
import { candidateWindows } from './windows.ts'

/** What the parts of a sweep share. */
export type Split = Readonly<{
  /** Whether its time was given, instead of taken from the clock. */
  isOfAnotherTime: boolean
  /** Whether it is the ledger's first. */
  isFirst: boolean
  /** Ids of grants that occur in more than one account: no part sees that by itself. */
  repeatedGrants: readonly string[]
  /** Those whose expiry may have moved out of reach after somebody was told of it: looked for once for all parts. */
  movedGrants: readonly string[]
  /** By which it is known how its parts are planned: whoever plans otherwise keeps away. */
  plannedBy: string
}>

/** What one part came to. Grants past earlier stages are counted of a ledger's first sweep alone. */
export type PartCounts = Pick<SweepCounts, 'examined' | 'notices' | 'skipped'> & Readonly<{ pastEarlierStages: number }>

export type SweepPart = AccountRange & Readonly<{ number: number }>

/** A sweep that is being planned in parts. */
export type PlanningSweep = Readonly<{ id: string; asOf: Date; split: Split }>

/** Of as many grants, at most, the account ids are looked at to find where to part them. */
const SAMPLE_GRANTS = 20_000
/** More ids that occur in several accounts than this are no slips of single rows: such a base is planned in one piece. */
const MAX_REPEATED_GRANTS = 10_000
/** A sweep that finds more is planned in one piece: they would be too many to write down with its parts. */
export const MAX_MOVED_GRANTS = 10_000

/** Whether more than `limit` grants are within reach, or nearly: counting ends there. */
export async function hasMoreCandidates(tx: Transaction, moment: Moment, limit: number): Promise<boolean> {
  const { sql, values } = candidateWindows(moment, [])
  const rows = await tx.$queryRawUnsafe<{ found: number }[]>(
    `SELECT count(*)::int AS found FROM (SELECT 1 FROM (${sql}) w LIMIT ${limit + 1}) limited`,
    ...values,
  )
  return (rows[0]?.found ?? 0) > limit
}

/** How many grants are within reach, or nearly, those counted in whose expiry has moved out of it. */
export async function countCandidates(
  tx: Transaction,
  moment: Moment,
  movedGrants: readonly string[] = [],
): Promise<number> {
  const { sql, values } = candidateWindows(moment, movedGrants)
  const [found] = await tx.$queryRawUnsafe<{ grants: number }[]>(
    `SELECT count(*)::float8 AS grants FROM (${sql}) w`,
    ...values,
  )
  return found?.grants ?? 0
}

/**
 * Ranges of accounts with about as many candidates each: all accounts are in one of them, those without an id in the
 * first.
 */
export async function accountRanges(
  tx: Transaction,
  moment: Moment,
  { movedGrants, grantsPerPart }: Readonly<{ movedGrants: readonly string[]; grantsPerPart: number }>,
): Promise<readonly AccountRange[]> {
  const { sql, values } = candidateWindows(moment, movedGrants)
  const grants = await countCandidates(tx, moment, movedGrants)
  const parts = Math.max(1, Math.ceil(grants / grantsPerPart))
  const fractions = Array.from({ length: parts - 1 }, (_, index) => (index + 1) / parts)
  const place = values.length
  const rows = await tx.$queryRawUnsafe<{ bound: string }[]>(
    `SELECT DISTINCT bound FROM unnest((
       SELECT percentile_disc($${place + 1}::float8[]) WITHIN GROUP (ORDER BY account_id::text)
         FROM (${sql}) w WHERE random() < $${place + 2}::float8)) AS bound
      WHERE bound IS NOT NULL ORDER BY bound`,
    ...values,
    fractions,
    Math.min(1, SAMPLE_GRANTS / Math.max(1, grants)),
  )
  const bounds = [null, ...rows.map(({ bound }) => bound), null]
  return bounds.slice(1).map((upTo, index) => ({ after: bounds[index] ?? null, upTo }))
}

/** The grants whose id occurs in several accounts; null where they are too many to name. */
export async function repeatedGrants(
  tx: Transaction,
  moment: Moment,
  movedGrants: readonly string[],
): Promise<readonly string[] | null> {
  const { sql, values } = candidateWindows(moment, movedGrants)
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id FROM (${sql}) w GROUP BY id HAVING count(DISTINCT coalesce(account_id::text, '')) > 1
      LIMIT ${MAX_REPEATED_GRANTS + 1}`,
    ...values,
  )
  return rows.length > MAX_REPEATED_GRANTS ? null : rows.map(({ id }) => id)
}

/** Writes down that an open sweep is planned in parts, and in which. */
export async function openParts(
  tx: Transaction,
  sweepId: string,
  { ranges, split }: Readonly<{ ranges: readonly AccountRange[]; split: Split }>,
): Promise<void> {
  await tx.sweep.update({
    where: { id: sweepId },
    data: {
      state: 'planning',
      split: { ...split, repeatedGrants: [...split.repeatedGrants], movedGrants: [...split.movedGrants] },
    },
  })
  await tx.sweepPart.createMany({
    data: ranges.map((range, number) => ({ sweepId, number, ...range, state: 'open' })),
  })
}

/** The sweep that is being planned in parts; there is one at most. */
export async function findPlanningSweep(tx: Transaction): Promise<PlanningSweep | null> {
  const found = await tx.sweep.findFirst({ where: { state: 'planning' } })
  if (found === null) return null
  const { id, asOf } = found
  return { id, asOf, split: found.split as unknown as Split }
}

/** Takes an open part that nobody else has in hand, until the transaction ends; null where there is none. */
export async function takePart(tx: Transaction, sweepId: string): Promise<SweepPart | null> {
  const rows = await tx.$queryRawUnsafe<SweepPart[]>(
    `SELECT number, "after", up_to AS "upTo" FROM reminders.sweep_parts
      WHERE sweep_id = $1 AND state = 'open' ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED`,
    sweepId,
  )
  return rows[0] ?? null
}

/** Writes down what a part came to. */
export async function finishPart(
  tx: Transaction,
  part: Readonly<{ sweepId: string; number: number; counts: PartCounts }>,
): Promise<void> {
  const { sweepId, number, counts } = part
  await tx.sweepPart.update({
    where: { sweepId_number: { sweepId, number } },
    data: { state: 'planned', counts: { ...counts, skipped: { ...counts.skipped } } },
  })
}

/** How many parts are not planned yet, in whoever's hands. */
export async function countOpenParts(tx: Transaction, sweepId: string): Promise<number> {
  return tx.sweepPart.count({ where: { sweepId, state: 'open' } })
}

/** The same, and how many of them somebody has in hand at this moment. */
export async function countParts(
  tx: Transaction,
  sweepId: string,
): Promise<Readonly<{ open: number; inHand: number }>> {
  const [free] = await tx.$queryRawUnsafe<{ parts: number }[]>(
    `SELECT count(*)::int AS parts FROM (
       SELECT 1 FROM reminders.sweep_parts WHERE sweep_id = $1 AND state = 'open' FOR UPDATE SKIP LOCKED) AS free`,
    sweepId,
  )
  const open = await countOpenParts(tx, sweepId)
  return { open, inHand: Math.max(0, open - (free?.parts ?? 0)) }
}

/** What the parts came to, each. */
export async function readPartCounts(tx: Transaction, sweepId: string): Promise<readonly PartCounts[]> {
  const parts = await tx.sweepPart.findMany({ where: { sweepId }, orderBy: { number: 'asc' } })
  return parts.map(({ counts }) => counts as unknown as PartCounts)
}
