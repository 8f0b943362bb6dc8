import { expect, test } from 'vitest'
import { readGrantHistories } from '../../src/store/grant-history.ts'
import { inParts } from '../../src/store/in-parts.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram } from '../support/program.ts'

/** Prisma takes no list of 32,767 values. */
const MANY = Array.from({ length: 33_000 }, (_, index) => `no_${index}`)

test('What is asked for in parts is found in the order of the values, each once', async () => {
  const asked: number[] = []
  const found = await inParts(MANY, async (part) => {
    asked.push(part.length)
    return part
  })
  expect(found).toEqual(MANY)
  expect(asked).toEqual([10_000, 10_000, 10_000, 3000])
  expect(await inParts([], async () => [1])).toEqual([])
})

test('The ledger can be asked of more grants than a statement takes', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF)
  const histories = await readGrantHistories(program.database.db, [...MANY, 'cg_ana'], new Date(AS_OF))
  expect([...histories.keys()]).toEqual(['cg_ana'])
})
