import type { Transaction } from './database.ts'

/** Rules that sweeps went by: how they are known, as they stood, and since when without others in between. */
export type RuleSetInForce = Readonly<{ hash: string; document: unknown; since: Date }>

/**
 * The rules in force at a business time: those of the latest sweep at or before it. Null where none had run.
 *
 * A sweep that was given up does not count: nothing came of it.
 */
export async function ruleSetAt(db: Transaction, at: Date): Promise<RuleSetInForce | null> {
  const counts = { state: { not: 'abandoned' } }
  const latest = await db.sweep.findFirst({
    where: { asOf: { lte: at }, ...counts },
    // Of several at one time, the one that was written last.
    orderBy: [{ asOf: 'desc' }, { startedAt: 'desc' }],
    select: { asOf: true, rules: true },
  })
  if (latest === null) return null
  const { hash, document } = latest.rules
  const other = await db.sweep.findFirst({
    where: { asOf: { lt: latest.asOf }, rulesHash: { not: hash }, ...counts },
    orderBy: { asOf: 'desc' },
    select: { asOf: true },
  })
  const first = await db.sweep.findFirst({
    where: { rulesHash: hash, asOf: { lte: at, ...(other !== null && { gt: other.asOf }) }, ...counts },
    orderBy: { asOf: 'asc' },
    select: { asOf: true },
  })
  return { hash, document, since: first?.asOf ?? latest.asOf }
}

/** True where a sweep has looked at a later business time. */
export async function hasSweepAfter(db: Transaction, at: Date): Promise<boolean> {
  const later = { asOf: { gt: at }, state: { not: 'abandoned' } }
  return (await db.sweep.findFirst({ where: later, select: { id: true } })) !== null
}
