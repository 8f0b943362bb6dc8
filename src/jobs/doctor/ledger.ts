import { DependencyError } from '../../errors.ts'
import { pendingMigrations } from '../../store/migrate.ts'
import { tryQueue } from '../../store/queue.ts'
import { type Check, type Finding, fault, ok } from './finding.ts'

const RUN_MIGRATE = 'run credit-reminders migrate'

/** Whether our own schema is there and up to date. */
export async function checkMigrations(url: string): Promise<Finding> {
  return asFinding('migrations', async () => {
    const pending = await pendingMigrations({ url })
    if (pending.length === 0) return ok('migrations', 'all are applied')
    return fault('migrations', 'dependency', `not applied: ${pending.join(', ')}`, RUN_MIGRATE)
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
    const words = error.lines.join('; ')
    // Some of these end with what to do.
    const found = words.replace(`: ${RUN_MIGRATE}`, '')
    const lacksRight = words.startsWith('the database role lacks a right')
    const otherwise = lacksRight
      ? 'give the role the rights listed in docs/operations.md'
      : 'mend that, and run doctor again'
    const advice = found === words ? otherwise : RUN_MIGRATE
    return fault(check, 'dependency', found, advice)
  }
}
