import { afterAll, expect, test } from 'vitest'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { openProgram } from '../support/program.ts'
import { simulateIn } from '../support/simulation.ts'

const program = await openProgram({ rules: { sendAt: '09:00' } })
const { sql } = program.database
afterAll(() => program[Symbol.asyncDispose]())

test('a period brings each warning of a grant at its time, and the notice that it is gone', async () => {
  await insertAccount(sql)
  await insertContact(sql)
  await insertGrant(sql, { expiresAt: '2026-06-01T12:00:00Z' })
  const { mails, result } = await simulateIn(program.env, { from: '2026-03-01T00:00:00Z', to: '2026-07-01T00:00:00Z' })
  expect(mails.map(({ at, lines }) => [at.toISOString(), lines.map(({ stage }) => stage)])).toEqual([
    ['2026-04-02T09:00:00.000Z', ['P60D']],
    ['2026-05-02T09:00:00.000Z', ['P30D']],
    ['2026-05-25T09:00:00.000Z', ['P7D']],
    ['2026-05-31T09:00:00.000Z', ['P1D']],
    ['2026-06-02T09:00:00.000Z', ['expired']],
  ])
  expect(result.period).toMatchObject({ sweeps: 122 * 96, totals: { emails: 5, people: 1, accounts: 1, grants: 1 } })
})
