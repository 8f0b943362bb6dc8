import { expect, test } from 'vitest'
import { auditLedger } from '../../src/store/audit.ts'
import { startCli } from '../support/cli.ts'
import { AS_OF, crowdAddresses, insertWarnedCrowd } from '../support/company.ts'
import { type KillPoint, killedAt } from '../support/kill-points.ts'
import { openProgram } from '../support/program.ts'

const MAILS = 20
const NEXT_DAY = '2026-05-26T12:00:00Z'
const POINTS: readonly KillPoint[] = ['between-ledger-and-queue', 'after-claim']

test('When the run that corrects is killed, and again, the next ones correct everybody, each once', async () => {
  await using program = await openProgram()
  const { database, sink } = program
  await insertWarnedCrowd(program, MAILS)
  await program.runAt(AS_OF)
  await database.sql(`UPDATE billing.credit_grants SET expires_at = expires_at + interval '1 year'`)
  sink.reset()
  for (const point of POINTS) {
    const run = startCli(['run', '--as-of', NEXT_DAY], { ...program.env, ...killedAt(point) })
    await run.result
    expect([point, run.process.signalCode]).toEqual([point, 'SIGKILL'])
  }
  await database.sql(`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`)
  for (let run = 0; run < 2; run++) await program.runAt(NEXT_DAY)
  expect(sink.mails.map(({ envelope }) => envelope.to.join()).toSorted()).toEqual(crowdAddresses(MAILS))
  expect(await auditLedger(database.db, null)).toMatchObject({ findings: [], counts: { mails: 2 * MAILS } })
})
