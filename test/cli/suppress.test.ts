import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertWarnedCrowd } from '../support/company.ts'

/** The document of `docs/json.md`, with nothing else in it. */
const listSchema = z.array(
  z.strictObject({
    addressHash: z.string().regex(/^[\da-f]{64}$/),
    reason: z.enum(['recipient-refused', 'bounced', 'complaint', 'manual']),
    scope: z.enum(['all', 'warnings']),
    source: z.string(),
    createdAt: z.iso.datetime(),
  }),
)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suppress-'))
})
afterAll(() => rm(folder, { recursive: true }))

const hashOf = (normalised: string) => createHash('sha256').update(normalised).digest('hex')

/** Runs `suppress …` in a company, and holds it to say no address, whatever else it says. */
async function suppress({ env }: Company, args: readonly string[], stdin?: string) {
  const result = await runCli(['suppress', ...args], env, stdin)
  expect((result.stdout + result.stderr).replaceAll('such as ana@example.com', '')).not.toMatch(/[^*\s]@example/)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
  return result
}
async function listOf(company: Company, ...addresses: readonly string[]) {
  const { code, stdout, stderr } = await suppress(company, ['list', ...addresses, '--format', 'json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return listSchema.parse(JSON.parse(stdout))
}

describe('suppress', () => {
  let company: Company
  beforeAll(async () => {
    company = await foundCompany()
  })
  afterAll(() => company[Symbol.asyncDispose]())

  test('When addresses are added, they are kept as hashes, get no mail from then on, and do once they are removed', async () => {
    await insertWarnedCrowd(company, 3)
    const adding = ['add', 'Many1@EXAMPLE.com', 'many2@example.com', '--note', 'asked for by boss@example.com']
    expect(await suppress(company, adding)).toEqual({
      code: 0,
      stdout: 'M***@EXAMPLE.com: added\nm***@example.com: added\n',
      stderr: '',
    })
    const [stored] = await company.database.sql('SELECT json_agg(s)::text AS list FROM reminders.suppressions s')
    expect(stored?.list).toContain(hashOf('many1@example.com'))
    expect(stored?.list).not.toMatch(/many\d|boss/i)
    expect(await listOf(company, 'many1@example.com')).toMatchObject([
      {
        addressHash: hashOf('many1@example.com'),
        reason: 'manual',
        scope: 'all',
        source: 'asked for by ***@example.com',
      },
    ])
    await runCli(['run', '--as-of', AS_OF], company.env)
    expect(company.sink.mails.map(({ envelope }) => envelope.to)).toEqual([['many3@example.com']])

    const removing = ['remove', 'many1@example.com', hashOf('many2@example.com')]
    expect(await suppress(company, removing)).toEqual({
      code: 0,
      stdout: `m***@example.com: removed\n${hashOf('many2@example.com')}: removed\n`,
      stderr: '',
    })
    await runCli(['run', '--as-of', AS_OF], company.env)
    expect(company.sink.mails).toHaveLength(3)
  })

  test('When an address is on the list already, adding it again changes nothing, but for keeping more from it', async () => {
    const ana = 'again@example.com'
    const add = async (...args: readonly string[]) => (await suppress(company, ['add', ana, ...args])).stdout
    expect(await add('--scope', 'warnings')).toBe('a***@example.com: added\n')
    const before = await listOf(company, ana)
    expect(await add('--scope', 'warnings', '--note', 'again')).toContain('on the list already')
    expect(await listOf(company, ana)).toEqual(before)
    expect(await add()).toContain('was kept from warnings only, and is now from all mail')
    expect(await add('--scope', 'warnings')).toContain('on the list already')
    expect(await listOf(company, ana)).toMatchObject([{ scope: 'all' }])
    await suppress(company, ['remove', ana])
    expect(await add('--scope', 'warnings')).toBe('a***@example.com: added\n')
    expect(await listOf(company, ana)).toMatchObject([{ scope: 'warnings' }])
  })

  test('When an address to remove is not on the list, it says so and ends with 1, and removes the others', async () => {
    await suppress(company, ['add', 'on-it@example.com'])
    expect(await suppress(company, ['remove', 'bob@example.com', 'on-it@example.com'])).toEqual({
      code: 1,
      stdout: 'b***@example.com: is not on the list\no***@example.com: removed\n',
      stderr: '',
    })
    expect((await suppress(company, ['remove', 'on-it@example.com'])).code).toBe(1)
    expect((await suppress(company, ['list', 'on-it@example.com'])).stdout).toBe('The address is not on the list.\n')
  })

  test('When addresses come by stdin, no shell remembers them; one that is none is named by its line', async () => {
    const text = '\ufeffp1@example.com\r\n\r\n  p2@example.com  \np1@EXAMPLE.com\n'
    expect((await suppress(company, ['add', '-'], text)).stdout).toBe(
      'p***@EXAMPLE.com: added\np***@example.com: added\n',
    )
    const bad = await suppress(company, ['add', '-'], 'cy@example.com\nana@example,com\n\nnobody\n')
    expect(bad).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'line 2 is no mail address such as ana@example.com; nothing was done\n' +
        'line 4 is no mail address such as ana@example.com; nothing was done\n',
    })
    expect(await listOf(company, 'cy@example.com')).toEqual([])
    expect((await suppress(company, ['add', '-'], '\n')).stderr).toBe('stdin held no address; give one a line\n')
    expect((await suppress(company, ['add', '-', 'ana@example.com'])).code).toBe(2)
  })

  test('When nothing, or nothing known, is asked of it, it tells its usage', async () => {
    for (const args of [[], ['ad'], ['add'], ['add', 'ana@example.com', '--scope', 'some']]) {
      expect(await suppress(company, args)).toMatchObject({ code: 2, stdout: '' })
    }
  })
})

describe('a suppression list', () => {
  test('When it is exported and imported into a fresh database, it is the same list', async () => {
    await using company = await foundCompany()
    await using fresh = await foundCompany()
    const many = Array.from({ length: 6000 }, (_, index) => `many${index}@example.com`).join('\n')
    expect((await suppress(company, ['add', '-'], many)).stdout).toBe('6000 addresses: added\n')
    await suppress(company, ['add', 'bob@example.com', '--scope', 'warnings', '--note', 'said "no, thanks", twice'])
    await company.database.sql(
      `INSERT INTO reminders.suppressions (address_hash, reason, scope, source, created_at, lifted_at)
       SELECT encode(sha256(i::text::bytea), 'hex'), (ARRAY['bounced', 'complaint', 'recipient-refused'])[i % 3 + 1],
              'all', 'mail ' || i, '2026-01-01Z'::timestamptz + i * interval '1.001 seconds',
              CASE WHEN i % 2 = 0 THEN now() END
         FROM generate_series(1, 12000) i`,
    )
    const file = join(folder, 'round.csv')
    expect(await suppress(company, ['export', file])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await suppress(fresh, ['import', file])).toEqual({
      code: 0,
      stdout: 'imported: 12001 added, 0 widened from warnings to all mail, 0 on the list already, 0 left out\n',
      stderr: '',
    })
    const list = await listOf(fresh)
    expect(list).toHaveLength(12_001)
    expect(list).toEqual(await listOf(company))
    const text = await readFile(file, 'utf8')
    expect((await suppress(fresh, ['list', '--format', 'csv'])).stdout).toBe(text)
    expect((await suppress(fresh, ['import', '-'], text)).stdout).toContain('0 added, 0 widened from warnings')

    const latest = await suppress(company, ['list', '--limit', '2'])
    expect(latest.stdout.trim().split('\n')).toHaveLength(3)
    expect(latest.stderr).toBe('the latest 2 of 12001; --limit shows more, suppress export all\n')
  })

  test('When lines of a file are bad, nothing of it is imported unless they are to be left out', async () => {
    await using company = await foundCompany()
    expect((await suppress(company, ['list'])).stdout).toBe('No address is on the suppression list.\n')
    const file = join(folder, 'bad.csv')
    const bad = Array.from({ length: 21 }, (_, index) => `nobody${index}`)
    await writeFile(file, `name,address\nAna,ana@example.com\n${bad.map((each) => `,${each}\n`).join('')}`)
    const refused = await suppress(company, ['import', file])
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    const lines = refused.stderr.trim().split('\n')
    expect(lines.slice(0, 2)).toEqual(['columns not used: name', 'line 3: address is no mail address'])
    expect(lines.slice(-2)).toEqual([
      'and 1 more',
      'nothing was imported; mend these lines, or leave them out: --skip-bad',
    ])
    expect(await listOf(company)).toEqual([])
    const accepted = await suppress(company, ['import', file, '--skip-bad'])
    expect(accepted).toMatchObject({
      code: 1,
      stdout: 'imported: 1 added, 0 widened from warnings to all mail, 0 on the list already, 21 left out\n',
      stderr: expect.stringContaining('left out, line 3: address is no mail address\n'),
    })
    expect(await listOf(company)).toMatchObject([{ addressHash: hashOf('ana@example.com') }])
  })

  test('When a file is not there, or cannot be written, one line says so and nothing is left behind', async () => {
    await using company = await foundCompany()
    const missing = await suppress(company, ['import', join(folder, 'nothing.csv')])
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/^\S+nothing\.csv cannot be read: .*\n$/) })
    const taken = join(folder, randomUUID(), 'list.csv')
    const refused = await suppress(company, ['export', taken])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/^\S+list\.csv cannot be written: .*\n$/) })
    const isFolder = await suppress(company, ['export', folder])
    expect(isFolder).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be written: .*\n$/) })
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(`${folder.split('/').at(-1)}.`))).toEqual([])
  })
})
