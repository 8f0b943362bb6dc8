import { expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { type NewSuppression, suppress } from '../../src/store/suppressions.ts'
import { insertContact } from '../support/billing.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const WARNED_AT = '2026-05-25T12:00:00Z'
const GONE_AT = '2026-06-01T13:00:00Z'

const keepFrom = ({ database }: Program, address: string, scope: NewSuppression['scope']) =>
  suppress(database.db, [{ addressHash: addressHash(address), reason: 'complaint', scope, source: 'mail 1' }])

/** Runs at a time, after having asked who would be told; it holds the one to the other. */
async function toldAt(program: Program, instant: string) {
  const foreseen = await program.dryRunAt(instant)
  const arrivedBefore = program.sink.mails.length
  await program.runAt(instant)
  const arrived = program.sink.mails.slice(arrivedBefore).flatMap(({ envelope }) => envelope.to)
  expect(arrived.toSorted()).toEqual(foreseen.emails.map(({ to }) => to).toSorted())
  for (const { grant, reason } of foreseen.skipped) expect(await program.decisions()).toMatchObject({ [grant]: reason })
  return { told: arrived.toSorted(), skipped: foreseen.skipped.map(({ grant, reason }) => `${grant} ${reason}`) }
}

test('Whoever complained gets no warning more, and is still told that the credits are gone', async () => {
  await using program = await openProgram()
  const { sql } = program.database
  await insertCustomer(sql, 'ana')
  await insertCustomer(sql, 'bob')
  await insertContact(sql, { id: 'con_bob2', accountId: 'acc_bob', email: 'bea@example.com' })
  await insertCustomer(sql, 'cy')
  await keepFrom(program, 'ana@example.com', 'warnings')
  await keepFrom(program, 'bob@example.com', 'warnings')
  await keepFrom(program, 'cy@example.com', 'all')
  expect(await toldAt(program, WARNED_AT)).toEqual({
    told: ['bea@example.com'],
    skipped: ['cg_ana suppressed', 'cg_cy suppressed'],
  })
  expect(await toldAt(program, GONE_AT)).toEqual({
    told: ['ana@example.com', 'bea@example.com', 'bob@example.com'],
    skipped: ['cg_cy suppressed'],
  })
})

test('A complaint between planning and sending keeps the warning in, and lets the final notice out', async () => {
  await using program = await openProgram({ rules: { maxEmailsPerSweep: 0 } })
  await insertCustomer(program.database.sql, 'ana')
  await insertCustomer(program.database.sql, 'bob', { grant: { expiresAt: '2026-05-24T12:00:00Z' } })
  const { sweep } = await program.runAt(WARNED_AT)
  expect(sweep.counts.emails).toBe(2)
  await keepFrom(program, 'ana@example.com', 'warnings')
  await keepFrom(program, 'bob@example.com', 'warnings')
  await program.approve(sweep.id)
  expect((await toldAt(program, WARNED_AT)).told).toEqual(['bob@example.com'])
  const [mail] = await program.database.sql(`SELECT state, reason FROM reminders.mails WHERE contact_id = 'con_ana'`)
  expect(mail).toEqual({ state: 'cancelled', reason: 'suppressed' })
})
