import { createRequire } from 'node:module'
import type { PgBoss } from 'pg-boss'

/** The version of its schema that the engine of this program works with; it works with no other. */
const ENGINES_OWN: number = createRequire(import.meta.url)('pg-boss/package.json').pgboss.schema

/**
 * Says of a queue whose schema a later version of this program has brought further that it is so: to migrate with this
 * version would change nothing. Null where it is not so.
 */
export async function laterQueue(queue: PgBoss): Promise<string | null> {
  const version = await queue.schemaVersion()
  if (version === null || version <= ENGINES_OWN) return null
  return (
    `the queue was migrated by a later version of this program (schema ${version} of pg-boss; this one works with ${ENGINES_OWN}): ` +
    'start that version, or make the queue anew as docs/upgrading.md says'
  )
}
