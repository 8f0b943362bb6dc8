import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS } from '../src/cli/commands.ts'
import { environmentSchema } from '../src/config/environment-schema.ts'
import { RULES_SETTINGS } from '../src/config/rules-schema.ts'
import { REASON_EXPLANATIONS } from '../src/domain/reason-explanations.ts'
import { FAILURE_REASONS, SKIP_REASONS } from '../src/domain/reasons.ts'
import { consequenceOf } from '../src/domain/report.ts'
import { REPLY_TABLE } from '../src/domain/smtp-replies.ts'
import { readBounceEvents } from '../src/http/bounce-events.ts'
import { packageFolder } from '../src/paths.ts'

const read = (path: string) => readFile(join(packageFolder, path), 'utf8')

/** The names in the first column of a document's tables. */
const firstCells = (text: string) =>
  [...text.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  )

test('the reasons documented are those that exist, in the same words, and in full as the report has them', async () => {
  const rows = [...(await read('docs/json.md')).matchAll(/^\| `([a-z-]+)`\s+\| (.+?)\s+\| ([^|]+?)\s+\|$/gm)]
  const documented = rows.map(([, reason = '', words = '']) => [reason, words.replace(/ \(only in .*\)|`/g, '')])
  expect(Object.fromEntries(documented)).toEqual(SKIP_REASONS)
  expect(Object.fromEntries(rows.map(([, reason, , inFull = '']) => [reason, inFull.replaceAll('`', '')]))).toEqual(
    REASON_EXPLANATIONS,
  )
  const text = (await read('docs/json.md')).replace(/\s+/g, ' ')
  for (const [reason, words] of Object.entries(FAILURE_REASONS)) expect(text).toContain(`\`${reason}\` (${words})`)
})

test('the states of a sweep that are documented are those that the database allows', async () => {
  const [, section = ''] = (await read('docs/json.md')).split('## `sweeps --format json`')
  const documented = [...(section.split('\n## ')[0] ?? '').matchAll(/^- `(\w+)`: /gm)].map(([, state]) => state)
  const migration = await read('prisma/migrations/20261125000000_many_workers/migration.sql')
  const [, states = ''] = /"sweeps_state_check" CHECK \("state" IN \(([^)]+)\)/.exec(migration) ?? []
  expect(documented.toSorted()).toEqual([...states.matchAll(/'(\w+)'/g)].map(([, state]) => state).toSorted())
})

test('every setting is documented', async () => {
  const named = firstCells(await read('docs/settings.md'))
  expect(named).toEqual(expect.arrayContaining([...Object.keys(environmentSchema.shape), ...RULES_SETTINGS]))
})

test('the codes that are documented to suppress an address are those that do', async () => {
  const documented = firstCells(await read('docs/bounces.md')).filter((name) => /^[245]\.\d+\.\d+$/.test(name ?? ''))
  const suppressing = ['2', '4', '5'].flatMap((kind) =>
    Array.from({ length: 10 }, (_, subject) =>
      Array.from({ length: 30 }, (__, detail) => `${kind}.${subject}.${detail}`),
    )
      .flat()
      .filter((status) => {
        const report = { kind: 'failed', status, diagnostic: null, recipients: [] } as const
        return consequenceOf(report, { address: 'ana@example.com', isProven: true }) !== null
      }),
  )
  expect(documented).toEqual(suppressing)
})

test('the documented report of a provider is one that is taken', async () => {
  const [, example = ''] = /```json\n(.+?)```/s.exec(await read('docs/bounces.md')) ?? []
  expect(readBounceEvents(Buffer.from(example))).toEqual(JSON.parse(example))
})

test('every command is in the README', async () => {
  const readme = await read('README.md')
  for (const { name } of COMMANDS) expect(readme).toContain(`\`${name}`)
})

test('the tests that the README names for its guarantees exist', async () => {
  const text = (await read('README.md')).replace(/\s+/g, ' ')
  const named = [...text.matchAll(/`(\w[\w/-]+\.test\.ts)`: “([^”]+)”/g)]
  expect(named.length).toBeGreaterThan(20)
  for (const [, file = '', name = ''] of named) expect(await read(`test/${file}`), file).toContain(name)
})

test('every property of a mail has a check that exists', async () => {
  const rows = [...(await read('docs/mail.md')).matchAll(/^\| (\d+) +\| (.+) \|$/gm)]
  expect(rows.map(([, point]) => Number(point))).toEqual(Array.from({ length: 29 }, (_, index) => index + 1))
  for (const [row, point] of rows) {
    const named = [...row.matchAll(/`(\w[\w/-]+\.test\.ts)`: “([^”]+)”/g)]
    expect(named.length > 0 || / open +\|$/.test(row), `point ${point}`).toBe(true)
    for (const [, file = '', name = ''] of named) expect(await read(`test/${file}`), file).toContain(name)
  }
})

test('no link between the documents leads nowhere', async () => {
  const decisions = (await readdir(join(packageFolder, 'docs/decisions'))).map((name) => `docs/decisions/${name}`)
  const documents = (await readdir(join(packageFolder, 'docs'))).filter((name) => name.endsWith('.md'))
  const broken: string[] = []
  for (const document of ['README.md', 'CHANGELOG.md', ...documents.map((name) => `docs/${name}`), ...decisions]) {
    for (const [, target = ''] of (await read(document)).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      const found = await stat(join(packageFolder, dirname(document), target)).catch(() => null)
      if (found === null) broken.push(`${document}: ${target}`)
    }
  }
  expect(broken).toEqual([])
})

test('the table of replies is the one that the program goes by', async () => {
  const [, , table = ''] = (await read('docs/smtp-replies.md')).split('\n## ')
  const cells = [...table.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
  const [, , ...rows] = cells
  expect(rows).toEqual(
    REPLY_TABLE.map(({ stages, replies, enhanced, verdict, meaning, source }) => [
      stages.length === 7 ? 'any' : stages.join(', '),
      replies.join(', '),
      enhanced.join(', '),
      `\`${verdict}\``,
      meaning,
      source,
    ]),
  )
})
