import type { Database, Transaction } from './database.ts'
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

/** The latest sweeps, newest first. */
export async function listSweeps(db: Database, limit: number): Promise<readonly SweepRecord[]> {
  return db.sweep.findMany({ orderBy: [{ startedAt: 'desc' }, { id: 'desc' }], take: limit, omit: { rulesHash: true } })
}

/** What came of a person's decision: done, or there is no such sweep, or it does not wait for one. */
export type DecisionOutcome = 'decided' | 'unknown' | 'not-held'

/** Lets a held sweep go out: its mails wait for delivery like any others, each to be confirmed afresh. */
export async function approveSweep(tx: Transaction, id: string): Promise<DecisionOutcome> {
  return decide(tx, id, 'approved', async () => {
    await tx.mail.updateMany({ where: { sweepId: id, state: 'held' }, data: { state: 'queued' } })
  })
}

/** Ends a held sweep: none of its mails goes out, and no later sweep plans its notices again. */
export async function discardSweep(tx: Transaction, id: string): Promise<DecisionOutcome> {
  return decide(tx, id, 'discarded', async () => {
    await tx.notice.updateMany({
      where: { mail: { sweepId: id, state: 'held' } },
      data: { state: 'discarded', reason: 'discarded' },
    })
    await tx.mail.updateMany({
      where: { sweepId: id, state: 'held' },
      data: { state: 'discarded', reason: 'discarded' },
    })
  })
}

async function decide(
  tx: Transaction,
  id: string,
  state: 'approved' | 'discarded',
  release: () => Promise<void>,
): Promise<DecisionOutcome> {
  // The condition is part of the write: of two people deciding at once, one is told that it is decided.
  const decidedAt = await databaseNow(tx)
  const { count } = await tx.sweep.updateMany({ where: { id, state: 'held' }, data: { state, decidedAt } })
  if (count === 0) return (await tx.sweep.count({ where: { id } })) === 0 ? 'unknown' : 'not-held'
  await release()
  return 'decided'
}
