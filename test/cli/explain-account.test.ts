import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { AS_OF } from '../support/company.ts'
import { explainedAccount } from '../support/explained.ts'
import { openProgram, type Program } from '../support/program.ts'

const LATER = '2026-05-25T13:00:00Z'

let program: Program
beforeAll(async () => {
  program = await openProgram({ rules: { policies: { default: { warnBefore: ['P30D', 'P7D', 'P1D'] } } } })
  const { sql } = program.database
  await insertAccount(sql, { timeZone: 'Europe/Berlin' })
  await insertContact(sql, { id: 'ana', timeZone: 'America/New_York' })
  await insertContact(sql, { id: 'bob', email: 'bob@gone.example' })
  await insertContact(sql, { id: 'eve', receivesBillingEmail: false })
  await insertGrant(sql, { id: 'cg_never', expiresAt: null, name: 'For good' })
  await insertGrant(sql, { id: 'cg_far', expiresAt: '2027-05-01T12:00:00Z' })
  await insertGrant(sql, { id: 'cg_soon', expiresAt: '2026-05-30T12:00:00Z', name: 'Spring\u001b[31m\r\npack \u202e' })
  await insertGrant(sql, { id: 'cg_gone', expiresAt: '2026-05-24T12:00:00Z' })
  await insertGrant(sql, { id: 'cg_spent', expiresAt: '2026-05-26T12:00:00Z', remaining: '0' })
  await insertGrant(sql, { id: 'cg_bad', expiresAt: '2026-05-26T12:00:00Z', remaining: 'NaN' })
  await insertGrant(sql, { id: 'cg_removed', expiresAt: '2026-05-29T12:00:00Z' })
  await insertAccount(sql, { id: 'acc_empty', name: 'Empty' })
  await insertAccount(sql, { id: 'acc_closed', name: 'Shut', closedAt: '2026-05-01T00:00:00Z' })
  await insertGrant(sql, { id: 'cg_shut', accountId: 'acc_closed', expiresAt: '2026-05-30T12:00:00Z' })
  await insertAccount(sql, { id: 'acc_big' })
  await insertContact(sql, { id: 'big', accountId: 'acc_big' })
  await sql(
    `INSERT INTO billing.credit_grants (id, account_id, kind, unit, amount, remaining, priority, granted_at, expires_at)
     SELECT 'big_' || lpad(i::text, 3, '0'), 'acc_big', 'purchased', 'USD', 20, 18, 0, '2026-01-01Z',
            '2027-01-01Z'::timestamptz + i * interval '1 day' FROM generate_series(1, 500) i`,
  )
  program.sink.answer({ stage: 'rcpt', to: 'bob@gone.example', reply: '550 5.1.1 no such user' })
  await program.runAt(AS_OF)
  await sql(`DELETE FROM billing.credit_grants WHERE id = 'cg_removed'`)
})
afterAll(() => program[Symbol.asyncDispose]())

test('Its grants are told in short, those first of which somebody was told, the nearest expiry before all', async () => {
  const { json, text } = await explainedAccount(program, 'acc_1', LATER)
  expect(json.grants.map(({ grant }) => grant)).toEqual([
    ...['cg_gone', 'cg_removed', 'cg_soon', 'cg_far'],
    ...['cg_spent', 'cg_bad', 'cg_never'],
  ])
  expect(text.split('\n').filter((line) => /^cg_/.test(line))).toEqual([
    'cg_gone: credits (purchased), $18.00 of $20.00 left, expired 2026-05-24 12:00Z',
    'cg_removed: it is no longer in the billing data, and the ledger tells what was',
    'cg_soon: Spring\ufffd[31m pack \ufffd (purchased), $18.00 of $20.00 left, expires 2026-05-30 12:00Z',
    'cg_far: credits (purchased), $18.00 of $20.00 left, expires 2027-05-01 12:00Z',
    'cg_spent: credits (purchased), $0.00 of $20.00 left, expires 2026-05-26 12:00Z',
    expect.stringMatching(/^cg_bad: its row cannot be understood \(remaining is NaN\)$/),
    'cg_never: For good (purchased), $18.00 of $20.00 left, never expires',
  ])
})

test('Of each it says who was told last, and what comes next on the clock of its reader', async () => {
  const { text } = await explainedAccount(program, 'acc_1', LATER)
  expect(text).toContain('  told: P7D of the expiry at 2026-05-30 12:00Z to a***@example.com: sent 2026-05-25 12:00Z')
  expect(text).toContain('  next: to a***@example.com (ana): P1D, due Fri 29 May 2026, 08:00 GMT-4 (2026-05-29 12:00Z)')
  expect(text).toContain(
    '  told: nobody; nothing is left to lose (nothing-remaining), by the sweep of 2026-05-25 12:00Z',
  )
  expect(text).toContain('  next: nothing: the grant never expires (never-expires)')
  // Also of a grant that billing has no more: its people were told all the same.
  expect(text).toMatch(
    /^cg_removed: .*\n {2}told: P7D of the expiry at 2026-05-29 12:00Z to a\*\*\*@example\.com: sent/m,
  )
})

test('A grant that belongs to another account now is told to both, and is not taken for gone', async () => {
  const { sql } = program.database
  await sql(`UPDATE billing.credit_grants SET account_id = 'acc_empty' WHERE id = 'cg_soon'`)
  const [former, present] = [
    await explainedAccount(program, 'acc_1', LATER),
    await explainedAccount(program, 'acc_empty', LATER),
  ]
  await sql(`UPDATE billing.credit_grants SET account_id = 'acc_1' WHERE id = 'cg_soon'`)
  expect(former.text).toMatch(
    /^cg_soon: it belongs to another account now, and the ledger tells what people of this one were told\n {2}told: P7D/m,
  )
  expect(former.json.grants.find(({ grant }) => grant === 'cg_removed')?.fault).toBe('it is no longer there')
  expect(present.text).toMatch(/^cg_soon: Spring.*\n {2}told: P7D/m)
})

test('It says once what touches them all: who receives, and who does not and why', async () => {
  const { text, json } = await explainedAccount(program, 'acc_1')
  expect(text).toContain('  a***@example.com (ana): warnings and the final notice')
  expect(text).toContain('  b***@gone.example (bob): nothing: the address is on the suppression list (suppressed)')
  expect(text).toContain('  e***@example.com (eve): nothing: receives_billing_email is false (no-billing-contact)')
  expect(text.match(/on the suppression list since/g)).toHaveLength(1)
  expect(json.contacts).toMatchObject([
    { contact: 'ana', receives: { warning: true, expired: true } },
    { contact: 'bob', reasons: { warning: 'suppressed' } },
    { contact: 'eve', reasons: { warning: 'no-billing-contact' } },
  ])
})

test('An account that is closed, or has nothing, says so', async () => {
  const closed = await explainedAccount(program, 'acc_closed', LATER)
  expect(closed.text).toContain('Account acc_closed: Shut, closed at 2026-05-01 00:00Z: nobody is told any more')
  expect(closed.text).toContain('  next: nothing: the account is closed (account-closed)')
  const before = await explainedAccount(program, 'acc_closed', '2026-04-30T00:00:00Z')
  expect(before.text).toContain('Account acc_closed: Shut, to be closed at 2026-05-01 00:00Z')
  const empty = await explainedAccount(program, 'acc_empty', LATER)
  expect(empty.text).toContain('0 grants, 0 contacts.')
  expect(empty.text).toContain('It has no grants.')
  await expect(explainedAccount(program, 'acc_nope')).rejects.toThrow('there is no account acc_nope')
})

test('Of very many grants, the first are told and the rest counted; the document has all', async () => {
  const { text, json } = await explainedAccount(program, 'acc_big', LATER)
  expect(json.grants).toHaveLength(500)
  expect(text.match(/^big_\d+:/gm)).toHaveLength(25)
  expect(text).toContain('  and 475 more grants: --format json has all')
})

test('A sweep that is held waits for a person, who is told how', async () => {
  await using held = await openProgram({ rules: { maxEmailsPerSweep: 0 } })
  await insertAccount(held.database.sql)
  await insertContact(held.database.sql)
  await insertGrant(held.database.sql, { expiresAt: '2026-05-30T12:00:00Z' })
  await held.runAt(AS_OF, { id: 'run-held' })
  const { text, json } = await explainedAccount(held, 'acc_1', LATER)
  expect(text).toContain('P7D is planned and waits for a person: approve run-held, or discard run-held')
  expect(json.grants[0]?.next).toMatchObject([{ kind: 'held', stage: 'P7D' }])
})
