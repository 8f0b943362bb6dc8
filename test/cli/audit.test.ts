import { expect, test } from 'vitest'
import { z } from 'zod'
import { AUDIT_CHECKS } from '../../src/domain/audit.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, foundCompany, insertWarnedCrowd } from '../support/company.ts'

/** The document of `docs/json.md`, with nothing else in it. */
const auditSchema = z.strictObject({
  at: z.iso.datetime(),
  since: z.iso.datetime().nullable(),
  looked: z.strictObject({ sweeps: z.int(), mails: z.int(), notices: z.int(), attempts: z.int(), uncertain: z.int() }),
  findings: z.array(
    z.strictObject({
      check: z.enum(Object.keys(AUDIT_CHECKS)),
      sweep: z.string().nullable(),
      mail: z.string().nullable(),
      grant: z.string().nullable(),
      stage: z.string().nullable(),
      found: z.string(),
    }),
  ),
  unlisted: z.record(z.string(), z.int()),
})

test('When the ledger is in order, audit says what it looked at and ends with 0; else with a line for each fault, and 1', async () => {
  await using company = await foundCompany()
  await insertWarnedCrowd(company, 3)
  const { env, database } = company
  await runCli(['run', '--as-of', AS_OF], env)
  expect(await runCli(['audit'], env)).toEqual({
    code: 0,
    stdout: 'nothing found; looked at: sweeps 1, mails 3, notices 3, attempts 3; mails ever in doubt: 0\n',
    stderr: '',
  })

  await database.sql(`UPDATE reminders.notices SET amount = 0 WHERE grant_id = 'many_cg_2'`)
  const { code, stdout, stderr } = await runCli(['audit'], env)
  expect([code, stderr]).toEqual([1, ''])
  expect(stdout).toMatch(
    /^told-of-nothing\s+mail [\w-]{36} told of nothing left of grant many_cg_2\nlooked at: sweeps 1, /,
  )
  expect(stdout).not.toContain('@')

  const inJson = await runCli(['audit', '--format', 'json', '--since', '2020-01-01T00:00:00Z'], env)
  expect(inJson).toMatchObject({ code: 1, stderr: '' })
  expect(auditSchema.parse(JSON.parse(inJson.stdout))).toMatchObject({
    since: '2020-01-01T00:00:00.000Z',
    looked: { sweeps: 1, mails: 3 },
    findings: [{ check: 'told-of-nothing', sweep: null, grant: 'many_cg_2' }],
    unlisted: {},
  })
})

test('When --since is no time with a zone, audit says what to write', async () => {
  expect(await runCli(['audit', '--since', 'yesterday'])).toEqual({
    code: 2,
    stdout: '',
    stderr: '--since yesterday is no ISO 8601 time with a zone, e.g. 2026-11-24T09:00:00Z\n',
  })
})
