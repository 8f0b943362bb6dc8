import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
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
 * @param historySchema where the record of applied migrations is kept
 * @returns their names
 */
export async function applyLedgerMigrations(pool: pg.Pool, historySchema: string): Promise<readonly string[]> {
  await createHistoryTable(pool, historySchema)
  const datamodel = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
  const engine = await openSchemaEngine({ pool, historySchema, datamodel })
  try {
    const migrationsList = await readMigrations()
    const request = { migrationsList, filters: FILTERS }
    const { failedMigrationNames } = await engine.diagnoseMigrationHistory({ ...request, optInToShadowDatabase: false })
    // Each script is one transaction with its record, so one that failed, or whose run was killed, has left nothing behind.
    const ours = new Set(migrationsList.migrationDirectories.map(({ path }) => path))
    const [foreign] = failedMigrationNames.filter((name) => !ours.has(name))
    // The engine applies nothing beside a failure, and that of another program is not ours to forgive.
    if (foreign !== undefined) throw new DependencyError(failureOfOthers(foreign, historySchema))
    for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName })
    const { appliedMigrationNames } = await engine.applyMigrations(request)
    return appliedMigrationNames
  } catch (error) {
    throw error instanceof DependencyError ? error : new DependencyError(reasonOf(error), { cause: error })
  } finally {
    engine.free()
  }
}

/**
 * Prisma Migrate refuses a database that holds tables and no history of migrations, lest it be somebody's by mistake.
 * Ours always does: the company's own billing tables. So the history is begun beforehand, as the engine itself would.
 */
async function createHistoryTable(pool: pg.Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ schema: boolean; history: boolean }>(
    'SELECT to_regnamespace(quote_ident($1)) IS NOT NULL AS schema, to_regclass($2) IS NOT NULL AS history',
    [schema, '_prisma_migrations'],
  )
  if (rows[0]?.history) return
  if (!rows[0]?.schema) await pool.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`)
  await pool.query(`CREATE TABLE _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`)
}

function failureOfOthers(name: string, historySchema: string): string {
  return (
    `the record of migrations, ${historySchema}._prisma_migrations, holds a failed one of another program, ${name}: ` +
    'resolve it there (prisma migrate resolve), or keep our record apart with ?schema=reminders in DATABASE_URL'
  )
}

const NEXT_STEP = 'nothing of it was applied: mend that, then run credit-reminders migrate again'

/** The engine's report is a trace of its own functions; the database's words are one line of it. */
function reasonOf(error: unknown): string {
  const report = error instanceof Error ? error.message : String(error)
  const [name] = /(?<=migration_name=")[^"]+|(?<=^The `)[^`]+(?=` migration started)/m.exec(report) ?? []
  const words = /ERROR: (.+)/.exec(report)?.[1] ?? report.split('\n', 1)[0]
  const failed = `the migration${name === undefined ? '' : ` ${name}`} failed: ${words}`
  // Of a right that is missing, the caller says who can give it.
  return words?.startsWith('permission denied') ? failed : `${failed}; ${NEXT_STEP}`
}
