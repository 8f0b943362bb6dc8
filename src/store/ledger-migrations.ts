import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { DependencyError } from '../errors.ts'
import { prismaFolder } from '../paths.ts'
import { readMigrations } from './migration-list.ts'
import { openSchemaEngine } from './schema-engine.ts'

/** Relations of others, which no migration of ours may touch; `prisma.config.ts` says the same to the Prisma CLI. */
const FILTERS = {
  externalTables: ['billing.accounts', 'billing.contacts', 'billing.credit_grants'],
  externalEnums: [],
}

/**
 * Applies the ledger's migrations that are missing, as `prisma migrate deploy` would, and with the same records.
 *
 * @returns their names
 */
export async function applyLedgerMigrations(pool: pg.Pool): Promise<readonly string[]> {
  const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
  const engine = await openSchemaEngine({ pool, schema })
  try {
    const migrationsList = await readMigrations()
    const request = { migrationsList, filters: FILTERS }
    const { failedMigrationNames } = await engine.diagnoseMigrationHistory({ ...request, optInToShadowDatabase: false })
    // Each script is one transaction, so one that failed, or whose run was killed, has left nothing behind.
    for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName })
    const { appliedMigrationNames } = await engine.applyMigrations(request)
    return appliedMigrationNames
  } catch (error) {
    throw new DependencyError(reasonOf(error), { cause: error })
  } finally {
    engine.free()
  }
}

/** The engine's report is a trace of its own functions; the database's words are one line of it. */
function reasonOf(error: unknown): string {
  const report = error instanceof Error ? error.message : String(error)
  const name = /migration_name="([^"]+)"/.exec(report)?.[1]
  const words = /ERROR: (.+)/.exec(report)?.[1] ?? report.split('\n', 1)[0]
  return `the migration${name === undefined ? '' : ` ${name}`} failed: ${words}`
}
