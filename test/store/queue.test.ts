import { expect, test } from 'vitest'
import { DependencyError } from '../../src/errors.ts'
import { SUPERVISE_SECONDS, tryQueue } from '../../src/store/queue.ts'
import { testDatabase, urlWith } from '../support/database.ts'

/** In sessions in which Postgres refuses every write. */
function tryReadOnly(url: string): Promise<unknown> {
  const readOnly = urlWith(url, 'options', '-c default_transaction_read_only=on')
  return tryQueue({ url: readOnly }).catch((error: unknown) => error)
}

test('a queue can be tried in a session that may not write', async () => {
  await using database = await testDatabase()
  expect(await tryReadOnly(database.url)).toBeUndefined()
})

test.each([
  ['is not there', 'DROP SCHEMA pgboss CASCADE', 'pg-boss is not installed'],
  ['is of another version', 'UPDATE pgboss.version SET version = version - 1', 'pg-boss database requires migrations'],
  ['lacks one of ours', `SELECT pgboss.delete_queue('deliver')`, 'pg-boss has no queue deliver'],
])('when the queue %s, the command that mends it is named', async (_case, change, reason) => {
  await using database = await testDatabase()
  await database.sql(change)
  const fault = await tryReadOnly(database.url)
  expect(fault).toBeInstanceOf(DependencyError)
  expect((fault as DependencyError).lines).toEqual([
    `the database is not migrated (${reason}): run credit-reminders migrate`,
  ])
})

test('when a later version has migrated the queue, that is said, and not to migrate with this one', async () => {
  await using database = await testDatabase()
  await database.sql('UPDATE pgboss.version SET version = version + 1')
  const fault = await tryReadOnly(database.url)
  expect((fault as DependencyError).lines).toEqual([
    expect.stringMatching(
      /^the queue was migrated by a later version of this program \(schema (\d+) of pg-boss; this one works with \d+\): .*docs\/upgrading\.md says$/,
    ),
  ])
})

test('what a dead worker had in hand is in other hands within 30 seconds', async () => {
  await using database = await testDatabase()
  const [deliver] = await database.sql<{ seconds: number }>(
    `SELECT heartbeat_seconds + retry_delay_max AS seconds FROM pgboss.queue WHERE name = 'deliver'`,
  )
  // No sign of life, looked for by somebody, waits to be tried again, asked for by the next poll of a worker.
  expect((deliver?.seconds ?? 99) + SUPERVISE_SECONDS + 1).toBeLessThanOrEqual(30)
})
