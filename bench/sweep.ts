import { insertCrowd } from '../test/support/billing.ts'
import { startChild } from './child.ts'
import { count, type Figure, known, median, promised } from './figures.ts'
import { type BenchDatabase, type BenchServer, settle } from './server.ts'
import { environmentFor, inDays } from './setting.ts'
import type { SweepCost } from './sweeping-child.ts'

const FEW_GRANTS = 10_000
const MANY_GRANTS = 1_000_000
const ROUNDS = 11
const TARGET_RATIO = 2

/** A sweep's cost follows what is due, not what is stored. */
export async function benchSweep(server: BenchServer): Promise<readonly Figure[]> {
  return server.withDatabase((few) =>
    server.withDatabase(async (many) => {
      await fill(few, FEW_GRANTS)
      await fill(many, MANY_GRANTS)
      const idle = await sweepBoth(few, many)
      await tellOnePercent(few, FEW_GRANTS)
      await tellOnePercent(many, MANY_GRANTS)
      const told = await sweepBoth(few, many)
      const ratio = idle.many / idle.few
      return [
        known(`sweep, nothing due, over ${count(FEW_GRANTS)} grants`, milliseconds(idle.few)),
        known(`sweep, nothing due, over ${count(MANY_GRANTS)} grants`, milliseconds(idle.many)),
        promised('the larger costs', `≤ ${TARGET_RATIO} ×`, `${ratio.toFixed(2)} ×`, ratio <= TARGET_RATIO),
        known(`sweep, 1% within reach and already told, over ${count(FEW_GRANTS)}`, milliseconds(told.few)),
        known(`sweep, 1% within reach and already told, over ${count(MANY_GRANTS)}`, milliseconds(told.many)),
      ]
    }),
  )
}

/**
 * Grants that expired long ago or expire in the years to come, none of them within reach; every tenth states no expiry,
 * and gets it from its policy.
 */
async function fill(database: BenchDatabase, grants: number): Promise<void> {
  const past = { prefix: 'past', expiresFrom: inDays(-5 * 365), expiresTo: inDays(-30) }
  const future = { prefix: 'future', expiresFrom: inDays(90), expiresTo: inDays(5 * 365) }
  for (const crowd of [past, future]) {
    await insertCrowd(database.sql, { ...crowd, count: grants / 2, grantedAt: inDays(-6 * 365) })
  }
  await database.sql(`UPDATE billing.credit_grants SET granted_at = expires_at - interval '1 year', expires_at = NULL
    WHERE right(id, 1) = '7'`)
  await settle(database)
}

async function sweepBoth(few: BenchDatabase, many: BenchDatabase): Promise<{ few: number; many: number }> {
  await using fewChild = await startChild('sweeping-child.ts', environmentFor({ databaseUrl: few.url }))
  await using manyChild = await startChild('sweeping-child.ts', environmentFor({ databaseUrl: many.url }))
  const seconds = { few: [] as number[], many: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    const order = { id: `bench-${performance.now()}` }
    seconds.few.push((await fewChild.ask<SweepCost>(order)).seconds)
    seconds.many.push((await manyChild.ask<SweepCost>(order)).seconds)
  }
  return { few: median(seconds.few), many: median(seconds.many) }
}

/** Adds as many as one in a hundred of those there are, due, and has them told. */
async function tellOnePercent(database: BenchDatabase, grants: number): Promise<void> {
  const crowd = { prefix: 'due', expiresFrom: inDays(1), expiresTo: inDays(50), grantedAt: inDays(-300) }
  await insertCrowd(database.sql, { ...crowd, count: grants / 100 })
  await using child = await startChild('sweeping-child.ts', environmentFor({ databaseUrl: database.url }))
  await child.ask<SweepCost>({ id: 'telling' })
  await database.sql(`UPDATE reminders.mails SET state = 'sent', sent_at = created_at`)
  await database.sql(`UPDATE reminders.notices SET state = 'sent', settled_at = now()`)
  await settle(database)
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`
}
