import { expect, test } from 'vitest'
import { recoverAbandoned } from '../../src/jobs/abandoned.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { openProgram } from '../support/program.ts'

test('Of mails in the hands of the dead, those that were handed over are told one by one, with their sweep', async () => {
  await using program = await openProgram()
  await insertWarnedCrowd(program, 2)
  const { sweep } = await program.runAt(AS_OF)
  const { db, sql } = program.database
  // As a worker leaves them that dies between handing the first over and the server's answer.
  await sql(`UPDATE reminders.notices SET state = 'planned', settled_at = NULL`)
  await sql(
    `UPDATE reminders.mails SET state = 'sending', sent_at = NULL, claimed_by = 'gone:0', batch_id = gen_random_uuid(),
            claimed_at = clock_timestamp() - interval '1 hour',
            handed_over_at = CASE WHEN contact_id = 'many_con_1' THEN clock_timestamp() END`,
  )
  const told: unknown[] = []
  const counts = await recoverAbandoned(db, {
    now: new Date(AS_OF),
    onUncertain: 'resend',
    told: ({ sweepId, contactId }, { state, attempt }) => told.push([sweepId, contactId, state, attempt?.outcome]),
  })
  expect(told).toEqual([[sweep.id, 'many_con_1', 'queued', 'uncertain']])
  expect(counts).toMatchObject({ uncertain: 1 })
})
