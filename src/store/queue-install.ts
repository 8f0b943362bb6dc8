import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { QUEUES } from './queue.ts'

/**
 * Installs or updates the job engine's own schema, and our queues in it.
 *
 * @returns what changed
 */
export async function installQueues(pool: pg.Pool): Promise<readonly string[]> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schedule: false,
    supervise: false,
    registerInstance: false,
  })
  // What it reports beside a failure of the call itself is of no concern to a schema.
  boss.on('error', () => {})
  try {
    const before = (await boss.isInstalled()) ? await boss.schemaVersion() : null
    await boss.start()
    const version = await boss.schemaVersion()
    const known = new Set((await boss.getQueues()).map(({ name }) => name))
    for (const { name, ...options } of QUEUES) {
      await boss.createQueue(name, options)
      // A queue of an earlier version takes over today's options.
      await boss.updateQueue(name, options)
    }
    const created = QUEUES.filter(({ name }) => !known.has(name)).map(({ name }) => `queue ${name}`)
    return before === version ? created : [`schema pgboss, version ${version}`, ...created]
  } finally {
    await boss.stop({ graceful: false })
  }
}
