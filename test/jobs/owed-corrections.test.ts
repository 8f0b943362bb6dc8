import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const LATER = '2026-12-01T12:00:00Z'

async function setRules({ env }: Program, rules: object): Promise<void> {
  await writeFile(String(env.CREDIT_REMINDERS_CONFIG), JSON.stringify(rules))
}

function moveAll({ database }: Program): Promise<unknown> {
  return database.sql('UPDATE billing.credit_grants SET expires_at = $1', [LATER])
}

const categoriesOf = async (program: Program) => (await program.ledgerMails('sent')).map(({ category }) => category)

describe.concurrent('A correction that is owed', () => {
  test('goes out also where a sweep a day comes before the sending time', async () => {
    await using program = await openProgram({ rules: { sendAt: '09:00' } })
    await insertCustomer(program.database.sql, 'ana')
    await program.runAt('2026-05-26T08:00:00Z')
    await moveAll(program)
    const nextDay = '2026-05-27T08:00:00Z'
    const { emails } = await program.dryRunAt(nextDay)
    expect(emails).toMatchObject([{ category: 'correction' }])
    const { json } = await program.explain('cg_ana', nextDay)
    expect(json.stages).toContainEqual(
      expect.objectContaining({ stage: 'correction', standing: 'due', dueAt: '2026-05-26T09:00:00.000Z' }),
    )
    await program.runAt(nextDay, { env: { SWEEP_PART_GRANTS: '1' } })
    expect(await program.ledgerMails('sent')).toEqual([expect.objectContaining({ category: 'warning' }), ...emails])
  })

  test('waits for the sending time where a sweep has looked since the last one', async () => {
    await using program = await openProgram({ rules: { sendAt: '09:00' } })
    await insertCustomer(program.database.sql, 'ana')
    await program.runAt('2026-05-26T08:00:00Z')
    await program.runAt('2026-05-27T03:00:00Z')
    await moveAll(program)
    const { emails, skipped } = await program.dryRunAt('2026-05-27T03:15:00Z')
    expect([emails, skipped]).toEqual([[], [expect.objectContaining({ grant: 'cg_ana', reason: 'not-due' })]])
    await program.runAt('2026-05-27T03:15:00Z')
    await program.runAt('2026-05-27T09:00:00Z')
    expect(await categoriesOf(program)).toEqual(['warning', 'correction'])
  })

  test('is held with all others where a changed validity owes one to everybody, and goes out once it is approved', async () => {
    const policies = (validity: string) => ({ purchased: { validity, warnBefore: ['P7D'] } })
    await using program = await openProgram({ rules: { policies: policies('P1Y') } })
    const names = ['ana', 'bob', 'eve']
    const grant = { expiresAt: null, grantedAt: '2025-06-01T12:00:00Z' }
    for (const name of names) await insertCustomer(program.database.sql, name, { grant })
    await program.runAt('2026-05-26T12:00:00Z')
    await setRules(program, { sendAt: 'anytime', maxEmailsPerSweep: 2, policies: policies('P2Y') })
    const { emails, held } = await program.dryRunAt('2026-05-27T12:00:00Z')
    const { sweep } = await program.runAt('2026-05-27T12:00:00Z')
    expect(sweep.heldBecause).toBe(held?.reason)
    expect(await program.ledgerMails('held')).toEqual(emails)
    expect(emails).toMatchObject(names.map(() => ({ grants: [{ expiresAt: '2027-06-01T12:00:00.000Z' }] })))
    // Those who wait for a person are not planned again.
    expect((await program.runAt('2026-05-27T13:00:00Z')).sweep.counts.emails).toBe(0)
    await program.approve(sweep.id)
    await program.runAt('2026-05-27T14:00:00Z')
    expect(await program.ledgerMails('sent')).toEqual(expect.arrayContaining(emails))
  })

  test('and is not sent is explained with its reason, where there is something to correct', async () => {
    const quiet = { warnBefore: ['P7D'], notifyCorrection: false }
    await using program = await openProgram({ rules: { policies: { quiet } } })
    const { sql } = program.database
    for (const name of ['ana', 'bob', 'eve', 'kim']) await insertCustomer(sql, name)
    await sql(`UPDATE billing.contacts SET receives_billing_email = false WHERE id = 'con_kim'`)
    await program.runAt('2026-05-26T12:00:00Z')
    await moveAll(program)
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_ana'`)
    await sql(`UPDATE billing.credit_grants SET voided_at = '2026-05-26Z' WHERE id = 'cg_bob'`)
    await sql(`UPDATE billing.credit_grants SET kind = 'quiet' WHERE id = 'cg_eve'`)
    const reasonOf = async (name: string) => {
      const { json } = await program.explain(`cg_${name}`, '2026-05-27T12:00:00Z')
      return json.stages.flatMap((each) => (each.stage === 'correction' && 'reason' in each ? [each.reason] : []))
    }
    expect(await reasonOf('ana')).toEqual(['nothing-remaining'])
    expect(await reasonOf('bob')).toEqual(['voided'])
    expect(await reasonOf('eve')).toEqual(['correction-off'])
    expect(await reasonOf('kim')).toEqual([])
  })
})
