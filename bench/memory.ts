import { startChild } from './child.ts'
import { count, type Figure, known, promised } from './figures.ts'
import { fillWithDue } from './planning.ts'
import type { BenchServer } from './server.ts'
import { environmentFor } from './setting.ts'
import type { SweepCost } from './sweeping-child.ts'

const FEW_DUE = 10_000
const MANY_DUE = 200_000
const TARGET_RATIO = 1.5

/** The peak memory of a process that plans one sweep hardly follows how much is due. */
export async function benchMemory(server: BenchServer): Promise<readonly Figure[]> {
  const few = await peakMiB(server, FEW_DUE)
  const many = await peakMiB(server, MANY_DUE)
  const ratio = many / few
  return [
    known(`peak memory of a sweep with ${count(FEW_DUE)} due`, `${count(few)} MiB`),
    known(`peak memory of a sweep with ${count(MANY_DUE)} due`, `${count(many)} MiB`),
    promised('the larger needs', `≤ ${TARGET_RATIO} ×`, `${ratio.toFixed(2)} ×`, ratio <= TARGET_RATIO),
  ]
}

function peakMiB(server: BenchServer, grants: number): Promise<number> {
  return server.withDatabase(async (database) => {
    await fillWithDue(database, grants)
    await using child = await startChild('sweeping-child.ts', environmentFor({ databaseUrl: database.url }))
    const { peakMiB, emails } = await child.ask<SweepCost>({ id: 'memory' })
    if (emails !== grants) throw new Error(`${emails} mails were planned`)
    return peakMiB
  })
}
