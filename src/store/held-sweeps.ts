import type { Database, Transaction } from './database.ts'
import type { Prisma } from './generated/client.ts'
import { databaseNow } from './sweep-ledger.ts'

export type SweepRecord = Readonly<{
  id: string
  asOf: Date
  state: string
  heldBecause: string | null
  examined: number
  emails: number
  notices: number
  skipped: unknown
  startedAt: Date
  finishedAt: Date
  decidedAt: Date | null
}>

/** The latest sweeps, newest first, and after them every older one that is held: what waits for a person never scrolls off. */
export async function listSweeps(db: Database, limit: number): Promise<readonly SweepRecord[]> {
  const newestFirst: Prisma.SweepOrderByWithRelationInput[] = [{ startedAt: 'desc' }, { id: 'desc' }]
  const query = { orderBy: newestFirst, omit: { rulesHash: true } } as const
  const latest = await db.sweep.findMany({ ...query, take: limit })
  const held = await db.sweep.findMany({ ...query, where: { state: 'held' } })
  const listed = new Set(latest.map(({ id }) => id))
  return [...latest, ...held.filter(({ id }) => !listed.has(id))]
}

/** What came of a person's decision: done, or there is no such sweep, or it does not wait for one. */
export type DecisionOutcome = 'decided' | 'unknown' | 'not-held'

/** Lets a held sweep go out: its mails wait for delivery like any others, each to be confirmed afresh. */
export function approveSweep(db: Database, id: string): Promise<DecisionOutcome> {
  return decide(db, id, 'approved', async (tx) => {
    await tx.mail.updateMany({ where: { sweepId: id, state: 'held' }, data: { state: 'queued' } })
  })
}

/** Ends a held sweep: none of its mails goes out, and no later sweep plans its notices again. */
export function discardSweep(db: Database, id: string): Promise<DecisionOutcome> {
  return decide(db, id, 'discarded', async (tx, decidedAt) => {
    await tx.notice.updateMany({
      where: { mail: { sweepId: id, state: 'held' } },
      data: { state: 'discarded', reason: 'discarded', settledAt: decidedAt },
    })
    await tx.mail.updateMany({
      where: { sweepId: id, state: 'held' },
      data: { state: 'discarded', reason: 'discarded' },
    })
  })
}

/** A sweep may hold hundreds of thousands of mails. */
const DECISION_TIMEOUT_MS = 60 * 60_000

function decide(
  db: Database,
  id: string,
  state: 'approved' | 'discarded',
  release: (tx: Transaction, decidedAt: Date) => Promise<void>,
): Promise<DecisionOutcome> {
  return db.$transaction(
    async (tx) => {
      const decidedAt = await databaseNow(tx)
      // The condition is part of the write: of two people deciding at once, one is told that it is decided.
      const { count } = await tx.sweep.updateMany({ where: { id, state: 'held' }, data: { state, decidedAt } })
      if (count === 0) return (await tx.sweep.count({ where: { id } })) === 0 ? 'unknown' : 'not-held'
      await release(tx, decidedAt)
      return 'decided'
    },
    { timeout: DECISION_TIMEOUT_MS },
  )
}
