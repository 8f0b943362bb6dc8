import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { readMailsThen } from '../../src/store/mails-then.ts'
import { optOut } from '../../src/store/opt-outs.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { explainedAddress } from '../support/explained.ts'
import { openProgram, type Program } from '../support/program.ts'

const LATER = '2026-05-25T13:00:00Z'
const AGENCY = 'agency@bücher.example'

let program: Program
beforeAll(async () => {
  program = await openProgram()
  const { sql, db } = program.database
  await insertCustomer(sql, 'ana')
  await insertCustomer(sql, 'old', { contact: { email: 'Old@example.com' } })
  for (let number = 1; number <= 30; number += 1) {
    const accountId = `acc_many_${number}`
    await insertAccount(sql, { id: accountId, name: `Client ${number}` })
    await insertContact(sql, {
      id: `many_${number}`,
      accountId,
      email: number % 2 === 0 ? AGENCY : AGENCY.toUpperCase(),
    })
    if (number > 3) continue
    await insertGrant(sql, { id: `cg_many_${number}`, accountId, expiresAt: '2026-05-30T12:00:00Z' })
  }
  program.sink.answer({ stage: 'rcpt', to: 'ana@example.com', reply: '450 4.2.1 <ana@example.com> later', times: 1 })
  await program.runAt(AS_OF)
  await program.runAt('2026-05-25T12:30:00Z')
  await sql(`UPDATE billing.contacts SET email = 'new@example.com' WHERE id = 'con_old'`)
  await suppress(db, [
    { addressHash: addressHash('nobody@example.com'), reason: 'manual', scope: 'all', source: 'ticket 7' },
  ])
})
afterAll(() => program[Symbol.asyncDispose]())

test('Each mail to it is told with what it said, its tries and its Message-ID, and what comes next', async () => {
  const { text, json } = await explainedAddress(program, ' ANA@example.com ', LATER)
  expect(json).toMatchObject({ isKnown: true, isDeliverable: true, to: 'A***@example.com' })
  const [mail] = json.mails
  expect(json.mails).toHaveLength(1)
  expect(mail).toMatchObject({
    ...{ account: 'acc_ana', contact: 'con_ana', category: 'warning', state: 'sent' },
    attempts: [{ outcome: 'deferred', stage: 'rcpt', replyCode: 450 }, { outcome: 'sent' }],
    notices: [{ grant: 'cg_ana', stage: 'P7D', amount: '18.00', unit: 'USD' }],
  })
  expect(program.sink.mailsTo('ana@example.com')[0]?.raw.toString()).toContain(String(mail?.messageId))
  expect(text).toContain('    P7D of cg_ana: $18.00, expiry 2026-06-01 12:00Z')
  expect(text).toContain('deferred at rcpt, 450 4.2.1 <***@example.com> later')
  expect(text).toContain("  contact con_ana of ana's company (acc_ana)")
  expect(text).toContain('    cg_ana: P1D, due Sun 31 May 2026, 12:00 UTC (2026-05-31 12:00Z)')
  expect(text).toContain('Then, it was not on the suppression list, and nobody had asked for no mail to it.')
  expect(text + JSON.stringify(json)).not.toMatch(/ana@/i)
})

test('Before it was sent, the mail waits; and before it was planned, there is none', async () => {
  const between = await explainedAddress(program, 'ana@example.com', '2026-05-25T12:10:00Z')
  expect(between.json.mails).toMatchObject([{ state: 'queued', sentAt: null }])
  expect(between.text).toContain('cg_ana: P7D is planned, and its mail waits')
  const before = await explainedAddress(program, 'ana@example.com', '2026-05-24T00:00:00Z')
  expect(before.text).toContain('No mail to it is in the ledger.')
})

test('What counts against the limit of a day is what was sent or waited then', async () => {
  const hash = addressHash('ana@example.com')
  const countAt = async (instant: string) =>
    (await readMailsThen(program.database.db, [hash], new Date(instant))).get(hash) ?? 0
  expect(await countAt('2026-05-25T11:59:59Z')).toBe(0)
  expect(await countAt('2026-05-25T12:10:00Z')).toBe(1)
  expect(await countAt('2026-05-26T12:29:59Z')).toBe(1)
  expect(await countAt('2026-05-26T12:30:00Z')).toBe(0)
})

test('An address that a contact had when it was written to is found by its mail', async () => {
  const { text, json } = await explainedAddress(program, 'old@example.com', LATER)
  expect(json.contacts).toMatchObject([{ contact: 'con_old', hasItNow: false, next: [] }])
  expect(text).toContain('(acc_old): had it when a mail was sent, and does not have it now')
  expect(json.mails).toHaveLength(1)
  const now = await explainedAddress(program, 'NEW@example.com', LATER)
  expect(now.json.contacts).toMatchObject([{ contact: 'con_old', hasItNow: true }])
  // As an import left it: it is hers, and nobody can write to it.
  await program.database.sql(`UPDATE billing.contacts SET email = ' New@example.com ' WHERE id = 'con_old'`)
  const blank = await explainedAddress(program, 'new@example.com', LATER)
  expect(blank.json.contacts).toMatchObject([{ hasItNow: true, reasons: { warning: 'invalid-address' } }])
})

test('A person of many accounts is found in each, however the address is written', async () => {
  for (const written of [AGENCY, 'AGENCY@BÜCHER.example', 'agency@xn--bcher-kva.example']) {
    const { text, json } = await explainedAddress(program, written, LATER)
    expect(json.contacts).toHaveLength(30)
    expect(json.mails).toHaveLength(3)
    expect(text).toContain('  and 10 more contacts: --format json has all')
    expect(text).toContain('nothing comes next: the account has no grants')
  }
})

test('A wish for one account is told with the account, and ends what comes next there alone', async () => {
  const target = { contactId: 'many_1', accountId: 'acc_many_1', addressHash: addressHash(AGENCY) }
  await optOut(program.database.db, target, { reach: 'account', scope: 'warnings', source: 'page' })
  const [since] = await program.database.sql<{ at: string }>(
    `UPDATE reminders.unsubscriptions SET created_at = '${LATER}' RETURNING created_at::text AS at`,
  )
  expect(since?.at).toBeDefined()
  const { text, json } = await explainedAddress(program, AGENCY, LATER)
  expect(json.optOuts).toMatchObject([{ account: 'acc_many_1', scope: 'warnings', source: 'page' }])
  expect(text).toContain('about account acc_many_1: asked for at 2026-05-25 13:00Z, by page.')
  expect(text).toMatch(/contact many_1 of Client 1 \(acc_many_1\): no warnings, the contact asked for no more/)
  const nextOf = (id: string) => json.contacts.find(({ contact }) => contact === id)?.next.map(({ kind }) => kind)
  const stagesOf = (id: string) =>
    json.contacts.find(({ contact }) => contact === id)?.next.map((step) => ('stage' in step ? step.stage : null))
  expect(nextOf('many_1')).toEqual(['ahead'])
  expect(stagesOf('many_1')).toEqual(['expired'])
  expect(stagesOf('many_2')).toEqual(['P1D'])
})

test('A mail that waits for a person says for which decision, and one of an expiry taken away names no date', async () => {
  await using other = await openProgram({ rules: { maxEmailsPerSweep: 1 } })
  const { sql } = other.database
  await insertCustomer(sql, 'ana')
  await other.runAt(AS_OF)
  await sql(`UPDATE billing.credit_grants SET expires_at = NULL, granted_at = '2026-01-01Z', kind = 'gift'`)
  await other.runAt('2026-05-26T12:00:00Z')
  const corrected = await explainedAddress(other, 'ana@example.com', '2026-05-26T13:00:00Z')
  expect(corrected.text).toContain('    correction of cg_ana: $18.00, no expiry at all')
  await insertCustomer(sql, 'bob', { grant: { expiresAt: '2026-06-03T12:00:00Z' } })
  await insertCustomer(sql, 'kim', { grant: { expiresAt: '2026-06-03T12:00:00Z' } })
  await other.runAt('2026-05-28T12:00:00Z', { id: 'run-held' })
  const held = await explainedAddress(other, 'bob@example.com', '2026-05-28T13:00:00Z')
  expect(held.text).toContain('cg_bob: P7D is planned and waits for a person: approve run-held, or discard run-held')
})

test('An address that nobody knows is said to be so, and whether it is on the list', async () => {
  const unknown = await explainedAddress(program, 'who@example.com')
  expect(unknown.json).toMatchObject({ isKnown: false, contacts: [], mails: [], suppressions: [] })
  expect(unknown.text).toContain('Nobody here has this address: no contact has it, and no mail was ever sent to it.')
  expect(unknown.text).toContain('It is not on the suppression list')
  const listed = await explainedAddress(program, 'nobody@example.com')
  expect(listed.json).toMatchObject({ isKnown: false, suppressions: [{ reason: 'manual', source: 'ticket 7' }] })
  expect(listed.text).toContain('No mail to n***@example.com: on the suppression list since')
  const odd = await explainedAddress(program, 'a b@@example.com')
  expect(odd.text).toContain('No mail can be sent to it as it is written (invalid-address).')
})
