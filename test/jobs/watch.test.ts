import { describe, expect, test } from 'vitest'
import { parseRules } from '../../src/config/rules-file.ts'
import type { Closure } from '../../src/jobs/gate.ts'
import { startWatch } from '../../src/jobs/watch.ts'
import { insertDueCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'

type Said = Readonly<{ level: string; message: string; alarm?: string; detail?: string }>

/** A watch over a company's ledger, and what it says. */
async function watchOver({ database }: Program, rules: object = {}) {
  const said: Said[] = []
  const gate: { closure: Closure | null } = { closure: null }
  const at = (level: string) => (fields: object, message: string) => void said.push({ level, message, ...fields })
  const log = { info: at('info'), warn: at('warn'), error: at('error') } as unknown as Parameters<
    typeof startWatch
  >[0]['log']
  const watch = await startWatch({ db: database.db, rules: parseRules(JSON.stringify(rules)), gate, log })
  const names = () => watch.alarms().map(({ name }) => name)
  const announced = () => said.splice(0).map(({ level, alarm, message }) => ({ level, alarm, message }))
  return { watch, gate, said, names, announced, [Symbol.asyncDispose]: watch.stop }
}

const now = () => new Date().toISOString()

describe('the watch over a service', () => {
  test('finds a fresh installation well: there is no alarm before anything could have been done', async () => {
    await using program = await openProgram()
    await using over = await watchOver(program)
    expect(over.watch.pulse()).toEqual({ status: 'ok', lastGoodSweep: null, expectedBy: expect.any(Date) })
    expect(over.watch.alarms()).toEqual([])
    expect(over.said).toEqual([])
  })

  test('announces an alarm once when it begins and once when it is over', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerSweep: 2 } })
    await insertDueCrowd(program, 3)
    await using over = await watchOver(program)
    const held = (await program.runAt(now())).sweep
    await over.watch.check()
    await over.watch.check()
    expect(over.announced()).toEqual([{ level: 'error', alarm: 'sweep-held', message: 'a sweep waits for approval' }])
    await program.discard(held.id)
    await over.watch.check()
    await over.watch.check()
    expect(over.announced()).toEqual([{ level: 'info', alarm: 'sweep-held', message: 'alarm over' }])
  })

  test('takes a held sweep for a good one', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerSweep: 2 } })
    await insertDueCrowd(program, 3)
    await program.runAt(now())
    await using over = await watchOver(program)
    await over.watch.check()
    expect(over.watch.pulse()).toMatchObject({ status: 'ok', lastGoodSweep: expect.any(Date) })
  })

  test('says that sweeps are overdue by the ledger, although it has itself only just begun', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await program.runAt(now())
    await sql(
      `UPDATE reminders.sweeps SET started_at = started_at - interval '1 hour', finished_at = finished_at - interval '1 hour'`,
    )
    await using over = await watchOver(program)
    await over.watch.check()
    expect(over.names()).toEqual(['sweep-overdue'])
    expect(over.watch.pulse().status).toBe('ok')
  })

  test('is stale once a slot has passed in its own time, and well again while a worker has a sweep in hand', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await using over = await watchOver(program, { schedule: '* * * * * *', alarms: { sweepLate: 'PT1S' } })
    const status = async () => {
      await over.watch.check()
      return over.watch.pulse().status
    }
    await expect.poll(status, { timeout: 20_000 }).toBe('stale')
    await sql(`INSERT INTO pgboss.job (name, state, started_on) VALUES ('sweep', 'active', now())`)
    await over.watch.check()
    expect(over.watch.pulse().status).toBe('ok')
    expect(over.names()).toEqual(['sweep-overdue'])
    await sql(`UPDATE pgboss.job SET state = 'completed'`)
    await over.watch.check()
    expect(over.watch.pulse().status).toBe('stale')
  })

  test('tells of failed and uncertain mails for a day, and of mails that wait', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertDueCrowd(program, 3)
    program.sink.answer({ stage: 'final', reply: '554 5.6.0 no such mail', times: 1 })
    await program.runAt(now())
    await using over = await watchOver(program)
    await over.watch.check()
    expect(over.watch.alarms()).toEqual([{ name: 'mails-failed', detail: 'mails failed in 24 hours: 1' }])

    await sql(`UPDATE reminders.mails SET state = 'queued', uncertain = true, next_attempt_at = now() - interval '3 hours'
                WHERE state = 'sent'`)
    await over.watch.check()
    expect(over.names()).toEqual(['notice-overdue', 'mails-failed', 'mails-uncertain'])

    await sql(`UPDATE reminders.notices SET settled_at = now() - interval '25 hours' WHERE state = 'failed'`)
    await sql(`UPDATE reminders.mails SET state = 'sent', sent_at = now() WHERE state = 'queued'`)
    await over.watch.check()
    // What was in doubt and was sent in the end is in doubt no more.
    expect(over.names()).toEqual([])
  })

  test('tells of a day without a mail where grants are within reach, and not where there are none', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await program.runAt(now())
    await sql(
      `UPDATE reminders.sweeps SET started_at = started_at - interval '25 hours', finished_at = finished_at - interval '25 hours'`,
    )
    await program.runAt(now())
    await using over = await watchOver(program)
    await over.watch.check()
    expect(over.names()).toEqual([])

    await insertDueCrowd(program, 3)
    await sql('UPDATE billing.credit_grants SET remaining = 0')
    await program.runAt(now())
    await over.watch.check()
    expect(over.watch.alarms()).toEqual([
      { name: 'nothing-sent', detail: expect.stringMatching(/^no mail was sent since .+; grants within reach: 3$/) },
    ])
  })

  test('tells of the recipients that a trial installation withholds', async () => {
    await using program = await openProgram()
    await insertDueCrowd(program, 3)
    await program.runAt(now(), { env: { ALLOWED_RECIPIENTS: 'many1@example.com' } })
    await using over = await watchOver(program)
    await over.watch.check()
    expect(over.watch.alarms()).toEqual([{ name: 'grants-withheld', detail: 'grants withheld in the latest sweep: 2' }])
  })

  test('tells of a server that refuses us with its words, and not of one that asks for patience', async () => {
    await using program = await openProgram()
    await using over = await watchOver(program)
    over.gate.closure = { reason: 'throttled', detail: '454 slow down' }
    await over.watch.check()
    expect(over.announced()).toEqual([])
    over.gate.closure = { reason: 'service-refused', detail: '535 5.7.8 no' }
    await over.watch.check()
    expect(over.said).toEqual([
      {
        level: 'error',
        message: 'the mail server refuses us or cannot be reached',
        alarm: 'delivery-stopped',
        detail: 'service-refused: 535 5.7.8 no',
      },
    ])
  })

  test('says once that the database is away, keeps the alarms that stood, and takes nothing for over', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerSweep: 2 } })
    const { sql } = program.database
    await insertDueCrowd(program, 3)
    await program.runAt(now())
    await using over = await watchOver(program)
    await over.watch.check()
    over.announced()
    await sql('ALTER TABLE reminders.sweeps RENAME TO sweeps_away')
    await over.watch.check()
    await over.watch.check()
    expect(over.announced()).toEqual([{ level: 'warn', message: 'the ledger cannot be looked at' }])
    expect(over.names()).toEqual(['sweep-held'])
    expect(await over.watch.look()).toBeNull()
    await sql('ALTER TABLE reminders.sweeps_away RENAME TO sweeps')
    await over.watch.check()
    expect(over.announced()).toEqual([])
  })
})
