import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { notesOf, runCli, startCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'

const FORMULA = '=HYPERLINK("https://example.com","Acme")'

describe('the result of dry-run', () => {
  let company: Company
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dry-run-'))
    company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql, { name: FORMULA })
    await insertContact(sql, { id: 'ana' })
    await insertContact(sql, { id: 'bob' })
    await insertGrant(sql, { id: 'cg_1', expiresAt: '2026-05-30T12:00:00Z', name: 'Summer, \u001b[31m"bonus"' })
    await insertGrant(sql, { id: 'cg_spent', expiresAt: '2026-05-30T12:00:00Z', remaining: '0' })
  })
  afterAll(async () => {
    await company?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const dryRun = (...args: readonly string[]) => runCli(['dry-run', '--as-of', AS_OF, ...args], company.env)

  test('as CSV has a row for each line of a mail and each skipped grant, no formula, and nothing that a terminal obeys', async () => {
    const { code, stdout } = await dryRun('--format', 'csv', '--fail-above', '2')
    expect(code).toBe(0)
    const rows = parse<Record<string, string>>(stdout, { columns: true })
    expect(rows.map(({ outcome, to, grant, reason }) => [outcome, to, grant, reason])).toEqual([
      ['mail', 'ana@example.com', 'cg_1', ''],
      ['mail', 'bob@example.com', 'cg_1', ''],
      ['skipped', '', 'cg_spent', 'nothing-remaining'],
    ])
    expect(rows[0]).toEqual({
      outcome: 'mail',
      account: 'acc_1',
      account_name: `'${FORMULA}`,
      contact: 'ana',
      to: 'ana@example.com',
      category: 'warning',
      locale: 'en',
      time_zone: 'UTC',
      grant: 'cg_1',
      kind: 'purchased',
      name: 'Summer, \ufffd[31m"bonus"',
      stage: 'P7D',
      expires_at: '2026-05-30T12:00:00.000Z',
      unit: 'USD',
      amount: '18.00',
      reason: '',
      detail: '',
    })
  })

  test('above --fail-above ends with exit code 1 and one line, and is written all the same', async () => {
    const file = join(folder, 'mails.json')
    const above = await dryRun('--format', 'json', '--output', file, '--fail-above', '1')
    expect(above).toMatchObject({ code: 1, stdout: '' })
    expect(notesOf(above)).toBe(`written to ${file}\na run would send 2 mails, more than --fail-above 1\n`)
    expect(JSON.parse(await readFile(file, 'utf8')).emails).toHaveLength(2)
  })

  test('as a report goes to a file; without a screen, --open says what to do', async () => {
    const file = join(folder, 'report.html')
    const written = await dryRun('--format', 'html', '--output', file, '--open')
    expect(written).toMatchObject({ code: 0, stdout: '' })
    expect(notesOf(written)).toBe(`written to ${file}\nthere is no screen to show it on: open the file in a browser\n`)
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>.*A run would send 2 mails.*<\/html>\n$/s)
  })

  test.each([
    [['--open'], /^--open shows a report that was written: give --format html and --output FILE too\n$/],
    [['--fail-above', '1,000'], /'--fail-above <mails>' argument '1,000' is invalid.*without commas/],
    [
      ['--output', '/nowhere/report.html'],
      /^--output \/nowhere\/report.html: there is no folder \/nowhere; make it first\n$/,
    ],
  ])('of %j is one clear line and exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await dryRun(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(line)
    const [, ...more] = stderr.trimEnd().split('\n')
    expect(more.filter((each) => !each.endsWith('--help shows how)'))).toEqual([])
  })

  test('that cannot be had leaves the file that was there, and no other', async () => {
    const file = join(folder, 'kept.html')
    await writeFile(file, 'kept')
    const { code, stderr } = await dryRun('--account', 'acc_9', '--format', 'html', '--output', file)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^there is no account acc_9 [^\n]+\n$/) })
    expect(await readFile(file, 'utf8')).toBe('kept')
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  test('that is waited for no longer leaves no piece of a file', async () => {
    const partial = async () => (await readdir(folder)).filter((name) => name.endsWith('.partial')).length
    await using locking = new AsyncDisposableStack()
    const client = new pg.Client(company.database.url)
    await client.connect()
    locking.defer(() => client.end())
    await client.query('BEGIN; LOCK TABLE billing.contacts')
    const output = ['--format', 'html', '--output', join(folder, 'stopped.html')]
    const { process, result } = startCli(['dry-run', '--as-of', AS_OF, ...output], company.env)
    await eventually(async () => expect(await partial()).toBe(1))
    process.kill('SIGINT')
    expect(await result).toMatchObject({ stdout: '' })
    expect(await partial()).toBe(0)
  })

  test('goes where a link leads', async () => {
    const [file, link] = [join(folder, 'kept.json'), join(folder, 'link.json')]
    await writeFile(file, 'kept')
    await symlink(file, link)
    await dryRun('--format', 'json', '--output', link)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(JSON.parse(await readFile(file, 'utf8')).emails).toHaveLength(2)
  })
})
