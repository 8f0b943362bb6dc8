import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { runCli } from '../support/cli.ts'
import { foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { expectDiscreet } from '../support/service.ts'

const NAMES = ['ana', 'bob', 'poison', 'zoe']
/** Each is after the time of the next try that the one before it led to. */
const TIMES = ['2026-05-25T12:00:00Z', '2026-05-25T12:06:00Z', '2026-05-25T12:18:00Z', '2026-05-25T13:00:00Z']

/** The program with one more line in its text: a fault that no trial at the start can find, because it is in one mail only. */
async function copyWithFault(fault: string) {
  const folder = await mkdtemp(join(tmpdir(), 'program-'))
  for (const part of ['bin', 'src', 'templates', 'prisma', 'package.json']) {
    await cp(join(packageFolder, part), join(folder, part), { recursive: true })
  }
  await symlink(join(packageFolder, 'node_modules'), join(folder, 'node_modules'))
  await appendFile(join(folder, 'templates/mail.txt.liquid'), fault)
  return {
    run: (args: readonly string[], env: Readonly<Record<string, string>>) =>
      new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
        const command = [join(folder, 'bin/credit-reminders.js'), ...args]
        execFile(process.execPath, command, { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) =>
          resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
        )
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

test('A mail that cannot be built fails alone, after three tries, and is listed; the others go', async () => {
  await using company = await foundCompany()
  const { sql } = company.database
  for (const name of NAMES) await insertCustomer(sql, name)
  await using program = await copyWithFault(
    `{% for line in lines %}{% if line.name == 'Pack of poison' %}{{ line.nothing }}{% endif %}{% endfor %}`,
  )
  const fates: unknown[] = []
  for (const time of TIMES) {
    const run = await program.run(['run', '--as-of', time], company.env)
    expectDiscreet(run)
    const [mail] = await sql(
      `SELECT state, reason, attempts FROM reminders.mails WHERE contact_id = 'con_poison' ORDER BY id DESC LIMIT 1`,
    )
    fates.push([run.code, /"msg":"mail could not be built"/.test(run.stderr), mail])
  }
  expect(fates).toEqual([
    [0, true, { state: 'queued', reason: null, attempts: 1 }],
    [0, true, { state: 'queued', reason: null, attempts: 2 }],
    [1, true, { state: 'failed', reason: 'render-error', attempts: 3 }],
    [0, false, { state: 'failed', reason: 'render-error', attempts: 3 }],
  ])
  const told = company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()
  expect(told).toEqual(['ana@example.com', 'bob@example.com', 'zoe@example.com'])

  const { stdout } = await runCli(['explain', 'cg_poison', '--as-of', '2026-05-25T13:00:00Z'], company.env)
  expect(stdout).toContain('could not be built')
  expect((await runCli(['audit'], company.env)).code).toBe(0)
})

test('A mail whose fault is mended before its tries are over goes out, once', async () => {
  await using company = await foundCompany()
  for (const name of NAMES) await insertCustomer(company.database.sql, name)
  await using program = await copyWithFault(
    `{% for line in lines %}{% if line.name == 'Pack of poison' %}{{ line.nothing }}{% endif %}{% endfor %}`,
  )
  const [first = '', second = '', third = ''] = TIMES
  expect((await program.run(['run', '--as-of', first], company.env)).code).toBe(0)
  for (const time of [second, third]) expect((await runCli(['run', '--as-of', time], company.env)).code).toBe(0)
  const told = company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()
  expect(told).toEqual(NAMES.map((name) => `${name}@example.com`))
})
