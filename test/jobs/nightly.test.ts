import { expect, test } from 'vitest'
import { startClearing } from '../../src/jobs/nightly.ts'
import { createLogger } from '../../src/logger.ts'
import { openQueue } from '../../src/store/queue.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

const log = createLogger({ level: 'silent' })

test('The clearing of a night is done once by a fleet, and again the next night', async () => {
  await using database = await testDatabase()
  const { url } = database
  const cleared: string[] = []
  const clear = async (now: Date) => void cleared.push(now.toISOString())
  for (const now of ['2026-05-25T03:17:00.000Z', '2026-05-25T12:00:00.000Z', '2026-05-26T03:17:00.000Z']) {
    const queue = await openQueue({ url, log })
    const nightly = await startClearing({ queue, now: async () => new Date(now), clear, log })
    const waiting = async () =>
      database.sql(`SELECT 1 FROM pgboss.job WHERE name = 'clearing' AND state IN ('created', 'active', 'retry')`)
    await eventually(async () => expect(await waiting()).toEqual([]))
    await nightly.stop()
    await queue.stop({ graceful: false })
  }
  expect(cleared).toEqual(['2026-05-25T03:17:00.000Z', '2026-05-26T03:17:00.000Z'])
})
