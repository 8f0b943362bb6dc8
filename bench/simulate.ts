import { insertCrowd } from '../test/support/billing.ts'
import { startChild } from './child.ts'
import { count, type Figure, known, promised } from './figures.ts'
import { type BenchServer, settle } from './server.ts'
import { environmentFor, inDays } from './setting.ts'
import type { SimulationCost } from './simulating-child.ts'

const GRANTS = 100_000
const TARGET_S = 30

/** A year of mails about grants that expire all through it, each of an account of its own. */
export async function benchSimulate(server: BenchServer): Promise<readonly Figure[]> {
  const year = await simulateYear(server, GRANTS)
  return [
    promised(
      `simulate, a year over ${count(GRANTS)} grants`,
      `≤ ${TARGET_S} s`,
      `${year.seconds.toFixed(1)} s`,
      year.seconds <= TARGET_S,
    ),
    known('mails in that year', count(year.emails)),
    known('peak memory of it', `${count(year.peakMiB)} MiB`),
  ]
}

function simulateYear(server: BenchServer, grants: number): Promise<SimulationCost> {
  return server.withDatabase(async (database) => {
    await insertCrowd(database.sql, {
      count: grants,
      expiresFrom: inDays(0),
      expiresTo: inDays(365),
      grantedAt: inDays(-300),
    })
    await settle(database)
    await using child = await startChild('simulating-child.ts', environmentFor({ databaseUrl: database.url }))
    return await child.ask<SimulationCost>({ days: 365 })
  })
}
