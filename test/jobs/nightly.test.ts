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

test('A clearing that a shutdown breaks off is gone on with by whoever starts next', async () => {
  await using database = await testDatabase()
  const { url } = database
  const now = async () => new Date('2026-05-25T03:17:00.000Z')
  const begun: string[] = []
  const first = await openQueue({ url, log })
  const untilStopped = (name: string) => (_: Date, signal: AbortSignal) => {
    begun.push(name)
    return new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const broken = await startClearing({ queue: first, now, clear: untilStopped('first'), log })
  await eventually(async () => expect(begun).toEqual(['first']))
  await broken.stop()
  await eventually(async () =>
    expect(await database.sql(`SELECT state FROM pgboss.job WHERE name = 'clearing'`)).toEqual([{ state: 'retry' }]),
  )
  await first.stop({ graceful: false })
  // It waits a little before it is tried again.
  await database.sql(`UPDATE pgboss.job SET start_after = now() WHERE name = 'clearing'`)

  const second = await openQueue({ url, log })
  const next = await startClearing({ queue: second, now, clear: async () => void begun.push('second'), log })
  await eventually(async () => expect(begun).toEqual(['first', 'second']))
  await next.stop()
  await second.stop({ graceful: false })
})
