import { describe, expect, test } from 'vitest'
import { type Customer, insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

/** A week before the customers' credits expire. */
const PLANNED_AT = '2026-05-25T12:00:00Z'
const LATER = '2026-05-26T12:00:00Z'
const TRIAL = { ALLOWED_RECIPIENTS: 'QA@example.com, @bücher.example' }

const CUSTOMERS: Readonly<Record<string, Customer>> = {
  ana: {},
  qa: {},
  book: { contact: { email: 'Ana@XN--bcher-kva.example' } },
  sub: { contact: { email: 'ana@mail.bücher.example' } },
}

async function openTrial(options: Parameters<typeof openProgram>[0] = {}): Promise<Program> {
  const program = await openProgram(options)
  for (const [name, customer] of Object.entries(CUSTOMERS)) await insertCustomer(program.database.sql, name, customer)
  return program
}

const arrivedAt = ({ sink }: Program) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

describe.concurrent('on a trial installation', () => {
  test('the run mails the listed ones only, as its dry run says, and everybody else is withheld', async () => {
    await using program = await openTrial()
    const foreseen = await program.dryRunAt(PLANNED_AT, TRIAL)
    expect(foreseen.emails.map(({ contact }) => contact)).toEqual(['con_book', 'con_qa'])
    const { sweep, delivered } = await program.runAt(PLANNED_AT, { env: TRIAL })
    expect(sweep.counts).toMatchObject({ emails: 2, skipped: { withheld: 2 } })
    expect(delivered.sent).toBe(2)
    expect(arrivedAt(program)).toEqual(['Ana@bücher.example', 'qa@example.com'])
    const withheld = { cg_ana: 'withheld', cg_sub: 'withheld' }
    expect(Object.fromEntries(foreseen.skipped.map(({ grant, reason }) => [grant, reason]))).toEqual(withheld)
    expect(await program.decisions()).toEqual(withheld)

    const { text, json } = await program.explain('cg_ana', PLANNED_AT, TRIAL)
    expect(json).toMatchObject({ reason: 'withheld', decisions: [{ reason: 'withheld' }] })
    expect(text).toContain('nobody is to be told: the address is not among ALLOWED_RECIPIENTS (withheld)')
  })

  test('a mail that was planned before there was a list does not go out, nor do those of a held sweep', async () => {
    await using program = await openTrial({ rules: { maxEmailsPerSweep: 0 } })
    const { sweep } = await program.runAt(PLANNED_AT)
    expect(sweep.counts.emails).toBe(4)
    await program.approve(sweep.id)
    const foreseen = await program.dryRunAt(LATER, TRIAL)
    expect(await program.runAt(LATER, { env: TRIAL })).toMatchObject({ delivered: { sent: 2, cancelled: 2 } })
    expect(foreseen.emails).toEqual(await program.ledgerMails('sent'))
    expect(arrivedAt(program)).toEqual(['Ana@bücher.example', 'qa@example.com'])
    const dropped = `SELECT n.grant_id AS grant, n.reason, m.state, m.reason AS mail
      FROM reminders.notices n JOIN reminders.mails m ON m.id = n.mail_id WHERE n.state = 'dropped' ORDER BY 1`
    expect(await program.database.sql(dropped)).toEqual([
      { grant: 'cg_ana', reason: 'withheld', state: 'cancelled', mail: 'withheld' },
      { grant: 'cg_sub', reason: 'withheld', state: 'cancelled', mail: 'withheld' },
    ])
  })

  test('a mail that waits for its next try is withheld, too', async () => {
    await using program = await openTrial()
    program.sink.answer({ stage: 'rcpt', to: 'ana@example.com', reply: '450 4.2.1 later', times: 1 })
    expect((await program.runAt(PLANNED_AT)).delivered).toMatchObject({ sent: 3, deferred: 1 })
    expect((await program.dryRunAt(LATER, TRIAL)).emails).toEqual([])
    expect((await program.runAt(LATER, { env: TRIAL })).delivered).toMatchObject({ sent: 0, cancelled: 1 })
  })

  test('who was withheld is told once the list is gone: nobody had told them', async () => {
    await using program = await openTrial()
    await program.runAt(PLANNED_AT, { env: TRIAL })
    const { delivered } = await program.runAt(LATER)
    expect(delivered.sent).toBe(2)
    expect(arrivedAt(program)).toEqual([
      'Ana@bücher.example',
      'ana@example.com',
      'ana@mail.bücher.example',
      'qa@example.com',
    ])
  })

  test('of two contacts of an account, the listed one is told, and the grant is not skipped', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    await sql(`INSERT INTO billing.contacts (id, account_id, email, receives_billing_email)
               VALUES ('con_qa', 'acc_ana', 'qa@example.com', true)`)
    const foreseen = await program.dryRunAt(PLANNED_AT, TRIAL)
    expect(foreseen).toMatchObject({ emails: [{ contact: 'con_qa' }], skipped: [] })
    const { json } = await program.explain('cg_ana', PLANNED_AT, TRIAL)
    const standings = json.stages.filter(({ stage }) => stage === 'P7D')
    expect(standings).toMatchObject([
      { contact: 'con_ana', standing: 'not-told', reason: 'withheld' },
      { contact: 'con_qa', standing: 'due' },
    ])
  })

  test('the list is not kept with the rules that a sweep went by', async () => {
    await using program = await openTrial()
    await program.runAt(PLANNED_AT, { env: TRIAL })
    await program.runAt(LATER)
    const documents = await program.database.sql<{ text: string }>(
      'SELECT document::text AS text FROM reminders.rule_sets',
    )
    expect(documents).toHaveLength(1)
    expect(documents[0]?.text).not.toMatch(/@|allowed/i)
  })
})
