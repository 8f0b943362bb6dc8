import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { notesOf, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertDueCrowd, insertWarnedCrowd } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { insertPastSweeps } from '../support/past-sweeps.ts'
import { startService } from '../support/service.ts'

/** The document of `docs/json.md`, with nothing else in it. */
const SWEEP_STATES = ['planning', 'planned', 'held', 'approved', 'discarded', 'abandoned'] as const

const listSchema = z.array(
  z.strictObject({
    id: z.string(),
    asOf: z.iso.datetime(),
    state: z.enum(SWEEP_STATES),
    emails: z.int(),
    heldBecause: z.string().nullable(),
    examined: z.int(),
    notices: z.int(),
    skipped: z.record(z.string(), z.int()),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    decidedAt: z.iso.datetime().nullable(),
  }),
)

const sweepsOf = async ({ env }: Company) => {
  const { code, stdout, stderr } = await runCli(['sweeps', '--format', 'json'], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return listSchema.parse(JSON.parse(stdout))
}

/** A company whose run was held, and the id of that sweep. */
const companyWithHeldSweep = async () => {
  const company = await foundCompany({ rules: { maxEmailsPerSweep: 2 } })
  await insertWarnedCrowd(company, 3)
  const run = await runCli(['run', '--as-of', AS_OF], company.env)
  expect(run.code).toBe(1)
  const [id = ''] = /(?<=^sweep )\S+/.exec(run.stdout) ?? []
  expect(run.stdout).toContain('held: 3 mails planned, more than maxEmailsPerSweep (2)')
  expect(run.stderr).toContain(`"approve ${id}" or "discard ${id}"`)
  expect(company.sink.connections.total()).toBe(0)
  return { company, id }
}

describe.concurrent('a held sweep', () => {
  test('When approved, the next run delivers it', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    const { env, sink } = company
    expect(await sweepsOf(company)).toMatchObject([
      { id, asOf: '2026-05-25T12:00:00.000Z', state: 'held', emails: 3, notices: 3, examined: 3, decidedAt: null },
    ])
    // Until somebody decides, no other run tells these people, and each says that it waits.
    const waiting = await runCli(['run', '--as-of', AS_OF], env)
    expect(waiting.code).toBe(1)
    expect(notesOf(waiting)).toBe('held sweeps: 1; look at "sweeps", then "approve ID" or "discard ID"\n')
    expect(sink.mails).toEqual([])

    expect(await runCli(['approve', id], env)).toEqual({
      code: 0,
      stdout: `sweep ${id} is approved: the next run delivers it, or the running service within a minute\n`,
      stderr: '',
    })
    const delivering = await runCli(['run', '--as-of', AS_OF], env)
    expect([delivering.code, notesOf(delivering)]).toEqual([0, ''])
    expect(delivering.stdout).toContain('0 mails planned')
    expect(delivering.stdout).toContain('delivered 3')
    expect(sink.mails).toHaveLength(3)
    expect((await sweepsOf(company)).find((sweep) => sweep.id === id)).toMatchObject({
      state: 'approved',
      decidedAt: expect.any(String),
    })

    const again = [await runCli(['approve', id], env), await runCli(['discard', id], env)]
    for (const result of again) {
      expect(result).toEqual({
        code: 2,
        stdout: '',
        stderr: `sweep ${id} is not held; "credit-reminders sweeps" shows its state\n`,
      })
    }
  })

  test('When discarded, nothing of it is ever sent', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    const { env, sink } = company
    expect(await runCli(['discard', id], env)).toMatchObject({ code: 0, stderr: '' })
    const next = await runCli(['run', '--as-of', AS_OF], env)
    expect([next.code, notesOf(next)]).toEqual([0, ''])
    expect(next.stdout).toContain('0 mails planned, 3 grants skipped')
    expect(sink.connections.total()).toBe(0)
    expect((await sweepsOf(company)).map(({ state, skipped }) => [state, skipped])).toEqual([
      ['planned', { discarded: 3 }],
      ['discarded', {}],
    ])
  })

  test('When credits are spent before it is approved, their mail does not go out', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    await company.database.sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'many_cg_2'`)
    await runCli(['approve', id], company.env)
    const run = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(run.stdout).toContain('delivered 2, deferred 0, failed 0, cancelled 1')
    expect(company.sink.mailsTo('many2@example.com')).toEqual([])
  })

  test('When the service holds one, its log says so, it goes on, and delivers it once approved', async () => {
    await using company = await foundCompany({ rules: { maxEmailsPerSweep: 2, schedule: '* * * * * *' } })
    await insertDueCrowd(company, 3)
    await using service = await startService(company)
    await service.said(/"first sweep: 3 warnings and 0 final notices to 3 addresses; left alone: /)
    const reason = /"heldBecause":"3 mails planned, more than maxEmailsPerSweep \(2\)".*"sweep held for approval"/
    await service.said(reason)
    const held = () => company.database.sql<{ id: string }>(`SELECT id FROM reminders.sweeps WHERE state = 'held'`)
    const [sweep] = await held()
    await eventually(async () => {
      const later = await company.database.sql('SELECT 1 FROM reminders.sweeps WHERE id > $1', [sweep?.id])
      expect(later.length).toBeGreaterThan(1)
    })
    expect(await held()).toEqual([sweep])
    expect(company.sink.connections.total()).toBe(0)
    expect((await runCli(['approve', sweep?.id ?? ''], company.env)).code).toBe(0)
    await eventually(() => expect(company.sink.mails).toHaveLength(3))
    service.kill('SIGTERM')
    expect((await service.ended()).code).toBe(0)
  })

  test('However many sweeps came after it, it is listed until somebody decides', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    const later = Array.from({ length: 25 }, () => ({ asOf: '2999-01-01T00:00:00Z', emails: 0 }))
    await insertPastSweeps(company.database.sql, later)
    const listed = await sweepsOf(company)
    expect([listed.length, listed.at(-1)?.id, listed.at(-1)?.state]).toEqual([21, id, 'held'])
    expect((await runCli(['sweeps', '--limit', '1'], company.env)).stdout).toContain(id)
    await runCli(['discard', id], company.env)
    expect((await sweepsOf(company)).map((sweep) => sweep.id)).not.toContain(id)
  })

  test('When two decide at once, one of them is told that it is decided', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    const results = await Promise.all([runCli(['approve', id], company.env), runCli(['discard', id], company.env)])
    expect(results.map(({ code }) => code).toSorted()).toEqual([0, 2])
  })

  test('When there is no such sweep, approve and discard say so', async () => {
    await using company = await foundCompany()
    for (const command of ['approve', 'discard']) {
      expect(await runCli([command, 'run-nothing'], company.env)).toEqual({
        code: 2,
        stdout: '',
        stderr: 'there is no sweep run-nothing; "credit-reminders sweeps" lists them\n',
      })
    }
    expect((await runCli(['sweeps'], company.env)).stdout).toBe('No sweep yet.\n')
  })

  test('When the rules or the billing schema are not to be read, sweeps are listed all the same', async () => {
    const { company, id } = await companyWithHeldSweep()
    await using _company = company
    await company.database.sql('DROP TABLE billing.credit_grants')
    const result = await runCli(['sweeps'], { ...company.env, CREDIT_REMINDERS_CONFIG: '/nowhere.yaml' })
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(id) })
    expect(result.stdout).not.toMatch(/ $/m)
  })
})
