import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { releasedResult } from '../../src/jobs/mail-result.ts'
import { record } from '../../src/jobs/recording.ts'
import { createLogger } from '../../src/logger.ts'
import { claimMails } from '../../src/store/outbox.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { openProgram } from '../support/program.ts'

test('A result that the database will not have costs only itself: the others are recorded, and mails leave', async () => {
  await using program = await openProgram()
  await insertWarnedCrowd(program, 4)
  const { db, sql } = program.database
  await program.runAt(AS_OF, { env: { SMTP_URL: 'smtp://127.0.0.1:1' } })
  const waiting = await sql<{ id: string }>('SELECT id::text AS id FROM reminders.mails ORDER BY id')
  const now = new Date(AS_OF)
  const attempt = { batchId: randomUUID(), claim: 'a claim' }
  const mails = await claimMails(
    db,
    attempt,
    waiting.map(({ id }) => id),
    now,
  )
  const [impossible, leaving, ...released] = mails
  if (impossible === undefined || leaving === undefined) throw new Error('nothing was claimed')
  const recorder = { db, log: createLogger({ level: 'silent' }), isOver: () => false }
  const { departed, unrecordable } = await record(recorder, {
    // Whatever failed has a reason; the database refuses one without.
    results: [
      { ...releasedResult(impossible, now), state: 'failed' },
      ...released.map((mail) => releasedResult(mail, now)),
    ],
    departures: [{ id: leaving.id, claim: leaving.claim }],
  })
  expect([...unrecordable.keys()]).toEqual([impossible.id])
  expect([...departed]).toEqual([leaving.id])
  const states = await sql<{ id: string; fate: string }>(
    `SELECT id::text AS id, state || CASE WHEN handed_over_at IS NULL THEN '' ELSE ', handed over' END AS fate FROM reminders.mails`,
  )
  expect(Object.fromEntries(states.map(({ id, fate }) => [id, fate]))).toEqual({
    [impossible.id]: 'sending',
    [leaving.id]: 'sending, handed over',
    ...Object.fromEntries(released.map(({ id }) => [id, 'queued'])),
  })
})
