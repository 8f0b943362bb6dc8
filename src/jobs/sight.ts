import type { Situation } from '../domain/alarms.ts'
import { type SweepRhythm, sweepExpectedBy } from '../domain/rhythm.ts'
import type { Rules } from '../domain/rules.ts'
import { type Database, forbidWrites } from '../store/database.ts'
import { type Rhythm, readRhythm } from '../store/rhythm.ts'
import { type LedgerStatus, readLedgerStatus } from '../store/status.ts'
import type { NextSlot } from './slots.ts'

/** How long the database has for one look, and for a connection to look by, in milliseconds. */
const LOOK_MS = 10_000
const CONNECT_MS = 5000

/** What one look at the ledger and the queue has found. */
export type Sight = Readonly<{
  ledger: LedgerStatus
  rhythm: Rhythm
  situation: Situation
}>

/** Looks once, at one state of the database. It is bounded: one that is slow to answer is no better than one that is away. */
export async function readSight(
  db: Database,
  known: Readonly<{ rules: Rules; nextSlot: NextSlot; serviceStartedAt: (now: Date) => Date }>,
): Promise<Sight> {
  const { ledger, rhythm } = await db.$transaction(
    async (tx) => {
      await forbidWrites(tx)
      await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${LOOK_MS}`)
      return { ledger: await readLedgerStatus(tx), rhythm: await readRhythm(tx) }
    },
    { isolationLevel: 'RepeatableRead', maxWait: CONNECT_MS, timeout: LOOK_MS },
  )
  const since = ledger.lastSweep?.finishedAt ?? known.serviceStartedAt(ledger.now)
  const expectedBy = sweepExpectedBy(since, rhythmOf(rhythm, known.nextSlot), known.rules.alarms)
  return { ledger, rhythm, situation: situationOf(ledger, rhythm, expectedBy) }
}

export function rhythmOf({ usualSweepMs }: Pick<Rhythm, 'usualSweepMs'>, nextSlot: NextSlot): SweepRhythm {
  return { usualSweepMs, nextSlot }
}

/** What the alarms go by. */
function situationOf(
  ledger: LedgerStatus,
  rhythm: Pick<Rhythm, 'firstSweepAt' | 'lastSentAt'>,
  sweepExpectedBy: Date | null,
): Situation {
  const { lastSweep, outbox, failures } = ledger
  const inDoubt = failures.filter(({ reason }) => reason === 'uncertain')
  const failed = failures.filter(({ reason }) => reason !== 'uncertain')
  return {
    now: ledger.now,
    lastGoodSweep: lastSweep?.finishedAt ?? null,
    sweepExpectedBy,
    heldSweeps: ledger.heldSweeps.length,
    examined: lastSweep?.examined ?? 0,
    withheld: lastSweep?.skipped.withheld ?? 0,
    quietSince: rhythm.lastSentAt ?? rhythm.firstSweepAt,
    oldestDueSince: outbox.oldestDueSince,
    failed: sum(failed.map(({ lastDay }) => lastDay)),
    uncertain: outbox.uncertain + sum(inDoubt.map(({ lastDay }) => lastDay)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
