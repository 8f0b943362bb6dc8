import { PgBoss } from 'pg-boss'
import { QUEUES } from './queue.ts'

/**
 * Installs or updates the job engine's own schema, and our queues in it.
 *
 * @returns what changed
 */
export async function installQueues(url: string): Promise<readonly string[]> {
  const boss = new PgBoss({
    ...{ connectionString: url, application_name: 'credit-reminders migrate', max: 1 },
    ...{ schedule: false, supervise: false, registerInstance: false },
  })
  // What it reports beside a failure of the call itself is of no concern to a schema.
  boss.on('error', () => {})
  try {
    const before = await installedVersion(boss)
    await boss.start()
    const version = await boss.schemaVersion()
    const known = new Set((await boss.getQueues()).map(({ name }) => name))
    for (const { name, ...options } of QUEUES) {
      await boss.createQueue(name, options)
      // A queue of an earlier version takes over today's options.
      await boss.updateQueue(name, options)
    }
    const created = QUEUES.filter(({ name }) => !known.has(name)).map(({ name }) => `queue ${name}`)
    return before === version ? created : [`pgboss schema ${version}`, ...created]
  } finally {
    await boss.stop({ graceful: false })
  }
}

/** Null where it is not installed. */
async function installedVersion(boss: PgBoss): Promise<number | null> {
  return (await boss.isInstalled()) ? boss.schemaVersion() : null
}
