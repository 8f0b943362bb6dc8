import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

const database = await testDatabase()
const folder = await mkdtemp(join(tmpdir(), 'import-'))
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const env = { DATABASE_URL: database.url }
const file = async (name: string, content: string) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const accounts = () => database.sql('SELECT id FROM billing.accounts ORDER BY id')

test('says what it would do, does it, and says on stderr what comes next', async () => {
  const path = await file('accounts.csv', 'id,name\nacc_1,Acme\n')
  const dry = await runCli(['import', path, '--dry-run'], env)
  expect(dry).toEqual({
    code: 0,
    stdout: 'accounts: 1 would be added, 0 would be changed, 0 as they were\n',
    stderr: 'nothing was written; without --dry-run it is\n',
  })
  expect(await accounts()).toEqual([])
  const real = await runCli(['import', '-', '--as', 'accounts', '--format', 'json'], env, 'id,name\nacc_1,Acme\n')
  expect({ ...real, stdout: JSON.parse(real.stdout) }).toEqual({
    code: 0,
    stdout: { dryRun: false, relations: [{ relation: 'accounts', added: 1, changed: 0, unchanged: 0 }] },
    stderr: 'credit-reminders dry-run shows whom a run would mail now\n',
  })
  expect(await accounts()).toEqual([{ id: 'acc_1' }])
})

test('of faults says each with file and line, ends with 2, and leaves everything as it was', async () => {
  const before = await accounts()
  const good = await file('accounts.csv', 'id,name\nacc_7,Acme\n')
  const bad = await file(
    'contacts.csv',
    'id,account_id,email\ncon_1,acc_7,ana@example\ncon_2,\u001b[31m,bo@example.com\n',
  )
  const { code, stdout, stderr } = await runCli(['import', good, bad, '--format', 'json'], env)
  expect({ code, stdout, stderr: stderr.replaceAll(`${folder}/`, '').split('\n') }).toEqual({
    code: 2,
    stdout: '',
    stderr: [
      'contacts.csv:2: email: is no mail address; write one such as ana@example.com',
      'contacts.csv:3: account_id: there is no account "\\u001b[31m", in the files or the database; import the accounts as well',
      'nothing was imported; mend these, and import again',
      '',
    ],
  })
  expect(await accounts()).toEqual(before)
  const down = await runCli(['import', good], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' })
  expect({ code: down.code, stderr: down.stderr }).toEqual({
    code: 3,
    stderr: expect.stringMatching(/^the database cannot be reached: .*ECONNREFUSED.*\n$/),
  })
  const misused = await runCli(['import', good, '--as', 'people'], env)
  expect(misused.code).toBe(2)
  expect(misused.stderr).toContain('Allowed choices are accounts, contacts, grants, usage')
})

test('killed in the middle, it has changed nothing, and holds up nobody', async () => {
  const before = await accounts()
  const lines = Array.from({ length: 2000 }, (_, index) => `{"id":"killed_${index}","name":"Acme"}\n`)
  const path = await file('accounts.jsonl', lines.join(''))
  // Somebody else's row of the same id, not yet committed, keeps it waiting in the middle of its writing.
  const other = new pg.Client(database.url)
  await other.connect()
  await other.query('BEGIN')
  await other.query(`INSERT INTO billing.accounts (id, name) VALUES ('killed_1999', 'Acme')`)
  const running = startCli(['import', path], env)
  await eventually(async () => {
    const [waiting] = await database.sql(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'credit-reminders import' AND query LIKE 'INSERT%'
          AND wait_event_type = 'Lock'`,
    )
    expect(waiting).toBeDefined()
  })
  running.process.kill('SIGKILL')
  await running.result
  await other.end()
  expect(await accounts()).toEqual(before)
  expect((await runCli(['import', path], env)).stdout).toBe('accounts: 2000 added, 0 changed, 0 as they were\n')
})
