import { expect, test } from 'vitest'
import { RELATIONS } from '../../src/jobs/import/relations.ts'
import { inImportSession } from '../../src/store/import-session.ts'
import { createStaging, stageRows } from '../../src/store/import-staging.ts'
import { compareRows, writeRows } from '../../src/store/import-writing.ts'
import { testDatabase } from '../support/database.ts'

const table = RELATIONS.accounts
const columns = new Set(['id', 'name'])

test('rows are compared in parts that are written one by one, and each row is in one of them', async () => {
  await using database = await testDatabase()
  const { sql, url } = database
  await sql(
    `INSERT INTO billing.accounts (id, name) VALUES ('acc_3', 'Another name'), ('acc_4', 'Acme'), ('acc_9', 'Acme')`,
  )
  await inImportSession(url, async (client) => {
    await createStaging(client, [table])
    const rows = Array.from({ length: 9 }, (_, index) => ({
      line: index + 2,
      values: [`acc_${index + 1}`, 'Acme', null, null, null],
    }))
    const pieces = async function* () {
      yield rows.slice(0, 4)
      yield []
      yield rows.slice(4)
    }
    await stageRows(client, { table, file: 0, rows: pieces(), firstOrdinal: 11 })
    // All but the first row and the last.
    const whole = { table, columns, range: { from: 12, to: 19 } }
    const parts = await compareRows(client, whole, 3)
    expect(parts).toEqual([
      { range: { from: 12, to: 15 }, counts: { added: 1, changed: 1, unchanged: 1 } },
      { range: { from: 15, to: 18 }, counts: { added: 3, changed: 0, unchanged: 0 } },
      { range: { from: 18, to: 19 }, counts: { added: 1, changed: 0, unchanged: 0 } },
    ])
    for (const { range } of parts.slice(0, 2)) await writeRows(client, { ...whole, range }, { areNew: false })
  })
  expect(await sql(`SELECT id FROM billing.accounts WHERE name = 'Acme' ORDER BY id`)).toEqual(
    ['2', '3', '4', '5', '6', '7', '9'].map((number) => ({ id: `acc_${number}` })),
  )
})
