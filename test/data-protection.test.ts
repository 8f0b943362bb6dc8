import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/paths.ts'
import { readRemovalDenial } from '../src/store/rights.ts'
import { testDatabase } from './support/database.ts'

const PAGE = await readFile(join(packageFolder, 'docs/data-protection.md'), 'utf8')

/** Of the page's table "Why", the columns that it names of each table. */
const named = new Map(
  [...PAGE.matchAll(/^\| `(\w+)` +\| (`[^|]+) \|/gm)].map(([, table = '', columns = '']) => [
    table,
    [...columns.matchAll(/`(\w+)`/g)].map(([, column = '']) => column),
  ]),
)

test('each table of ours, and each of its columns, is on the page on data protection, and no other', async () => {
  await using database = await testDatabase()
  const columns = await database.sql<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = 'reminders' AND table_name <> '_prisma_migrations'`,
  )
  const stored = Map.groupBy(columns, ({ table }) => table)
  expect(new Set(named.keys())).toEqual(new Set(stored.keys()))
  for (const [table, own] of stored) {
    // What a cell says beside its columns may name another one.
    const onPage = named.get(table) ?? []
    expect({ table, missing: own.map(({ column }) => column).filter((column) => !onPage.includes(column)) }).toEqual({
      table,
      missing: [],
    })
    const known = own.map(({ column }) => column)
    expect({ table, unknown: onPage.filter((column) => !known.includes(column)) }).toEqual({ table, unknown: [] })
  }
})

test('the right that the page asks for is the one that the program does', async () => {
  await using database = await testDatabase()
  const [, asked = ''] = /(GRANT DELETE ON [^;]+);/.exec(PAGE) ?? []
  const role = `reader_${new URL(database.url).pathname.slice(1)}`
  await database.sql(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA reminders TO ${role}`)
  try {
    const denial = await database.db.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`SET LOCAL ROLE ${role}`)
      return readRemovalDenial(tx, 'reminders_app')
    })
    expect(denial?.grants).toEqual([asked.replace(/\s+/g, ' ')])
  } finally {
    await database.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  }
})
