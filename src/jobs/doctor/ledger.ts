import { DependencyError } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { pendingMigrations } from '../../store/migrate.ts'
import { missingOwnTables } from '../../store/own-tables.ts'
import { tryQueue } from '../../store/queue.ts'
import { type Check, type Finding, fault, ok } from './finding.ts'

const RUN_MIGRATE = 'run credit-reminders migrate'

/** Whether our own schema is there, up to date and whole. */
export async function checkMigrations(url: string, db: Database): Promise<Finding> {
  return asFinding('migrations', async () => {
    const pending = await pendingMigrations({ url })
    if (pending.length > 0) return fault('migrations', 'dependency', `not applied: ${pending.join(', ')}`, RUN_MIGRATE)
    const missing = await missingOwnTables(db)
    if (missing.length === 0) return ok('migrations', 'all are applied')
    const found = `all are applied, but there is no table ${missing.join(', ')}`
    return fault('migrations', 'dependency', found, 'restore it from a backup: migrate does not make it again')
  })
}

/** Whether the queue is installed, in the version that this program needs, with our queues in it. */
export async function checkQueue(url: string): Promise<Finding> {
  return asFinding('queue', async () => {
    await tryQueue({ url })
    return ok('queue', 'is installed, with its queues')
  })
}

async function asFinding(check: Check, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error
    const trouble = databaseTrouble(error.cause)
    if (trouble !== null) return fault(check, 'dependency', trouble.found, trouble.advice)
    // Of the queue's own, which end with what to do.
    const [, found = error.message, advice = RUN_MIGRATE] = /^(.*?): (.*)$/.exec(error.lines.join('; ')) ?? []
    return fault(check, 'dependency', found, advice)
  }
}
