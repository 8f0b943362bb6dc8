import { insertCrowd } from '../test/support/billing.ts'
import { startChild } from './child.ts'
import { count, type Figure, known, median, promised } from './figures.ts'
import { type BenchDatabase, type BenchServer, settle } from './server.ts'
import { environmentFor, inDays } from './setting.ts'
import type { SweepCost } from './sweeping-child.ts'

const DUE_GRANTS = 50_000
const ROUNDS = 3
const TARGET_GRANTS_PER_S = 5000

/** Reading, deciding, writing the ledger and handing over to the queue, in grants a second. */
export async function benchPlanning(server: BenchServer): Promise<readonly Figure[]> {
  const single = await grantsPerSecond(server, 1)
  const several = await grantsPerSecond(server, 5)
  return [
    promised(
      `planning, ${count(DUE_GRANTS)} due, each of an account of its own`,
      `≥ ${count(TARGET_GRANTS_PER_S)}/s`,
      `${count(single)}/s`,
      single >= TARGET_GRANTS_PER_S,
    ),
    known(`planning, ${count(DUE_GRANTS)} due, five an account`, `${count(several)}/s`),
  ]
}

/** Fills a database with grants that are all due, each of an account of its own or several to one account. */
export async function fillWithDue(database: BenchDatabase, grants: number, grantsPerAccount = 1): Promise<void> {
  const accounts = grants / grantsPerAccount
  const crowd = { expiresFrom: inDays(1), expiresTo: inDays(50), grantedAt: inDays(-300) }
  await insertCrowd(database.sql, { ...crowd, count: accounts, prefix: 'due' })
  for (let further = 1; further < grantsPerAccount; further++) {
    await database.sql(
      `INSERT INTO billing.credit_grants (id, account_id, kind, unit, amount, remaining, priority, granted_at, expires_at)
       SELECT id || '_' || $1, account_id, kind, unit, amount, remaining, priority, granted_at, expires_at
         FROM billing.credit_grants WHERE id ~ '^due_cg_[0-9]+$'`,
      [String(further)],
    )
  }
  await settle(database)
}

async function grantsPerSecond(server: BenchServer, grantsPerAccount: number): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(
      await server.withDatabase(async (database) => {
        await fillWithDue(database, DUE_GRANTS, grantsPerAccount)
        await using child = await startChild('sweeping-child.ts', environmentFor({ databaseUrl: database.url }))
        const { seconds, emails } = await child.ask<SweepCost>({ id: 'planning' })
        if (emails !== DUE_GRANTS / grantsPerAccount) throw new Error(`${emails} mails were planned`)
        return DUE_GRANTS / seconds
      }),
    )
  }
  return median(rates)
}
