import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { foundCompany, SECRETS } from '../support/company.ts'

/** The document of `docs/json.md`, with nothing else in it. */
const documentSchema = z.strictObject({
  findings: z.array(
    z.strictObject({
      check: z.string(),
      state: z.enum(['ok', 'warning', 'fault', 'not-checked']),
      found: z.string(),
      advice: z.string().nullable(),
      details: z.array(z.string()),
    }),
  ),
  next: z.string(),
})

describe.concurrent('doctor', () => {
  test('When all is well, it prints a line for each check, without colours, and ends with 0', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql)
    await insertGrant(sql, { expiresAt: new Date(Date.now() + 20 * 86_400_000) })
    const { code, stdout, stderr } = await runCli(['doctor'], company.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.slice(0, 22).trimEnd())).toEqual([
      ...['ok       environment', 'ok       rules', 'ok       templates', 'ok       database', 'ok       clock'],
      ...['ok       migrations', 'ok       queue', 'ok       billing', 'ok       rights', 'ok       rights'],
      ...['ok       rights', 'ok       indexes', 'ok       rows', '', 'ok       mail-server'],
      ...['', 'next: credit-reminders'],
    ])
    expect(stdout).toMatch(/\n {24}cg_1 of Acme \(acc_1\): purchased, .*; P30D is due now, to \*\*\*@example\.com\n/)
    expect(stdout).not.toContain('\u001b')
    for (const secret of Object.values(SECRETS)) expect(stdout).not.toContain(secret)
  })

  test('When somebody watches, the marks are coloured', async () => {
    const { stdout } = await runCli(['doctor'], { FORCE_COLOR: '1' })
    expect(stdout.startsWith('\u001b[31mfault  \u001b[39m  environment')).toBe(true)
  })

  test('When the rules allow what may not be meant, it warns and still ends with 0', async () => {
    await using company = await foundCompany({ rules: { sendAt: '09:00', expiredWithin: 'P1D' } })
    const { code, stdout } = await runCli(['doctor'], company.env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^warning {2}rules {8}expiredWithin is P1D .*; make expiredWithin P2D or more/m)
  })

  test('When a dependency is unfit, it says what to do and ends with 3', async () => {
    await using company = await foundCompany()
    await company.database.sql('ALTER TABLE billing.credit_grants DROP COLUMN voided_at')
    const { code, stdout, stderr } = await runCli(['doctor'], company.env)
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(stdout).toContain(
      'fault    billing      billing.credit_grants has no column voided_at; add voided_at timestamptz (when it was taken back; null: it was not), or put a view in its place\n',
    )
    expect(stdout).toMatch(/^- {8}indexes {6}not checked: billing cannot be searched as it is$/m)
    expect(stdout).toMatch(/^ok {7}mail-server/m)
  })

  test('When settings are wrong too, it ends with 2; and no secret, address or stack is printed', async () => {
    const env = {
      DATABASE_URL: 'postgresql://app:hunter2@127.0.0.1:1/x',
      SMTP_URL: 'smtp://ana%40example.com:hunter2@127.0.0.1:1',
      LINK_SECRET: 'hunter2',
    }
    const { code, stdout, stderr } = await runCli(['doctor'], env)
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(stdout).toMatch(/^fault {4}environment {2}LINK_SECRET is shorter/m)
    expect(stdout).toMatch(/^fault {4}database {5}the database cannot be reached/m)
    expect(stdout).toMatch(/^fault {4}mail-server {2}127\.0\.0\.1:1 cannot be reached/m)
    expect(stdout).not.toMatch(/hunter2|ana@|ana%40|\n\s+at /)
  })

  test('When a machine asks, it is told the same as one JSON document, with the same exit code', async () => {
    await using company = await foundCompany({ sink: { auth: { user: 'app', pass: 'another' } } })
    const SMTP_URL = company.sink.url.replace('another', 'hunter2')
    const { code, stdout } = await runCli(['doctor', '--format', 'json'], { ...company.env, SMTP_URL })
    expect(code).toBe(3)
    const { findings } = documentSchema.parse(JSON.parse(stdout))
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
      {
        check: 'mail-server',
        state: 'fault',
        found: `127.0.0.1:${company.sink.port} refuses user and password (535 5.7.8 wrong credentials)`,
        advice: 'correct them in SMTP_URL, special characters percent-encoded',
        details: [],
      },
    ])
    expect(stdout).not.toContain('hunter2')
  })
})
