import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openForPreview } from '../../src/compose-mails.ts'
import { previewGrant } from '../../src/jobs/preview-grant.ts'
import { insertGrant, insertUsage } from '../support/billing.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

/** The days that count at `AS_OF`. */
const DAYS = { from: '2026-04-27', to: '2026-05-24' }

/** What each mail says to whom, without the ends of its lines. */
async function textsOf({ sink }: Program): Promise<Readonly<Record<string, string>>> {
  const texts = sink.mails.map(async (mail) => {
    const { text = '' } = await mail.parsed()
    return [mail.envelope.to.join(), text.replaceAll(/\s+/g, ' ')] as const
  })
  return Object.fromEntries(await Promise.all(texts))
}

describe('a mail looks ahead', () => {
  let program: Program
  let texts: Readonly<Record<string, string>>
  beforeAll(async () => {
    program = await openProgram()
    const { sql } = program.database
    for (const name of ['ana', 'bob', 'cleo', 'dan', 'eve']) await insertCustomer(sql, name)
    await insertUsage(sql, { accountId: 'acc_ana', perDay: '1.00', ...DAYS })
    const beside = { accountId: 'acc_ana', remaining: '40.00' }
    await insertGrant(sql, { id: 'cg_ana_2', expiresAt: '2027-01-01T12:00:00Z', ...beside })
    // Spent before, though it expires later.
    await insertUsage(sql, { accountId: 'acc_bob', perDay: '1.00', ...DAYS })
    await insertGrant(sql, {
      id: 'cg_bob_2',
      accountId: 'acc_bob',
      expiresAt: null,
      kind: 'gift',
      remaining: '4',
      priority: -1,
    })
    await insertUsage(sql, { accountId: 'acc_cleo', perDay: '9.00', from: '2026-01-01', to: '2026-01-02' })
    await sql(`UPDATE billing.credit_grants SET expires_at = '2026-05-25T00:00:00Z' WHERE id = 'cg_eve'`)
    await insertGrant(sql, {
      id: 'cg_eve_2',
      accountId: 'acc_eve',
      expiresAt: '2026-09-01T12:00:00Z',
      unit: 'credits',
      remaining: '12',
    })
    await program.runAt(AS_OF)
    texts = await textsOf(program)
  })
  afterAll(() => program[Symbol.asyncDispose]())

  test('to what is used and what is lost at the present pace, to what would use it all, and to what is kept', () => {
    expect(texts['ana@example.com']).toContain(
      'about $7.00 will be used in time and about $11.00 will be lost. About $2.58 a day would use all of it.',
    )
    expect(texts['ana@example.com']).toMatch(/You still have \$40\.00 in other credits; the next .* on Jan 1, 2027\./)
  })

  test('in the order in which credits are spent', () => {
    expect(texts['bob@example.com']).toContain('about $3.00 will be used in time and about $15.00 will be lost')
    expect(texts['bob@example.com']).toContain('You still have $4.00 in other credits.')
  })

  test('and says of whoever used nothing for 28 days that it is all lost', () => {
    expect(texts['cleo@example.com']).toContain(
      'none of it in the last 28 days: at that pace, all of $18.00 will be lost',
    )
  })

  test('and says nothing of the kind where usage is not known, and nothing is kept', () => {
    expect(texts['dan@example.com']).not.toMatch(/28 days|still have/)
  })

  test('and says what is left where credits are gone', () => {
    expect(texts['eve@example.com']).toMatch(/You still have 12 credits besides; the next .* on Sep 1, 2026\./)
    expect(texts['eve@example.com']).not.toContain('28 days')
  })

  test('in a preview, too', async () => {
    const setting = { ...(await openForPreview({})), db: program.database.db }
    const { mails } = await previewGrant(setting, { grantId: 'cg_ana', asOf: new Date(AS_OF), locale: null })
    const [warning] = mails
    expect(warning?.message.text.replaceAll(/\s+/g, ' ')).toContain('about $7.00 will be used in time')
    expect(warning?.message.text).toContain('$40.00')
  })
})

describe.concurrent('usage stops nobody’s mail', () => {
  test.each([
    ['is not there', 'DROP TABLE billing.credit_usage'],
    ['has another shape', 'ALTER TABLE billing.credit_usage RENAME day TO on_day'],
    [
      'cannot be read at the time',
      `DROP TABLE billing.credit_usage; CREATE VIEW billing.credit_usage AS
         SELECT 'acc_ana' AS account_id, 'USD' AS unit, '2026-05-24'::date AS day, 1 / (random() * 0)::numeric AS amount`,
    ],
  ])('When it %s, the mail says what is kept, and forecasts nothing', async (_case, change) => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    await insertGrant(sql, { id: 'cg_2', accountId: 'acc_ana', expiresAt: '2027-01-01T12:00:00Z', remaining: '40.00' })
    await sql(change)
    const { delivered } = await program.runAt(AS_OF)
    expect(delivered.sent).toBe(1)
    const texts = await textsOf(program)
    expect(texts['ana@example.com']).toContain('You still have $40.00')
    expect(texts['ana@example.com']).not.toContain('28 days')
  })
})

describe.concurrent('with skipIfUsedUp', () => {
  const rules = { policies: { purchased: { warnBefore: ['P7D', 'P1D'], skipIfUsedUp: true } } }

  test('A warning is spared by dry run, run and explain alike, and the last one is sent', async () => {
    await using program = await openProgram({ rules })
    const { sql } = program.database
    for (const name of ['ana', 'bob']) await insertCustomer(sql, name)
    await insertUsage(sql, { accountId: 'acc_ana', perDay: '9.00', ...DAYS })
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen.emails.map(({ to }) => to)).toEqual(['bob@example.com'])
    expect(foreseen.skipped).toEqual([{ grant: 'cg_ana', account: 'acc_ana', reason: 'used-anyway' }])
    await program.runAt(AS_OF)
    expect(await program.ledgerMails('sent')).toEqual(foreseen.emails)
    expect(await program.decisions()).toEqual({ cg_ana: 'used-anyway' })
    const { text } = await program.explain('cg_ana', AS_OF)
    expect(text).toContain('used-anyway')

    const lastDay = '2026-05-31T12:00:00Z'
    await program.runAt(lastDay)
    expect(program.sink.mails.map(({ envelope }) => envelope.to.join())).toContain('ana@example.com')
  })

  test('A mail that waited is read afresh: what is used up in time by then is not warned of', async () => {
    await using program = await openProgram({ rules: { ...rules, maxEmailsPerSweep: 0 } })
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    const { sweep } = await program.runAt(AS_OF)
    await insertUsage(sql, { accountId: 'acc_ana', perDay: '9.00', ...DAYS })
    await program.approve(sweep.id)
    expect((await program.dryRunAt(AS_OF)).emails).toEqual([])
    const { delivered } = await program.runAt(AS_OF)
    expect(delivered).toMatchObject({ sent: 0, cancelled: 1 })
    const dropped = await sql(`SELECT reason FROM reminders.notices WHERE state = 'dropped'`)
    expect(dropped).toEqual([{ reason: 'used-anyway' }])
  })
})
