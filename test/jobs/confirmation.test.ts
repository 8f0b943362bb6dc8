import { describe, expect, test } from 'vitest'
import { arrivalsAt, type Customer, insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const PLANNED_AT = '2026-05-25T12:00:00Z'
const APPROVED_AT = '2026-05-26T12:00:00Z'

/** A company whose every sweep is held: what happens between planning and sending is up to the test. */
async function openHeld(customers: Readonly<Record<string, Customer>>): Promise<Program & { sweepId: string }> {
  const program = await openProgram({ rules: { maxEmailsPerSweep: 0 } })
  for (const [name, customer] of Object.entries(customers)) await insertCustomer(program.database.sql, name, customer)
  const { sweep } = await program.runAt(PLANNED_AT)
  expect(sweep.heldBecause).toBe(`${Object.keys(customers).length} mails planned, more than maxEmailsPerSweep (0)`)
  return { ...program, sweepId: sweep.id }
}

/** What the ledger says of each line, by grant: `dropped voided`, `sent 18.00`. */
async function fates({ database }: Program): Promise<Readonly<Record<string, string>>> {
  const rows = await database.sql<{ grant: string; fate: string }>(
    `SELECT n.grant_id AS grant, n.state || ' ' || coalesce(n.reason, n.amount::text) || ', ' || m.state ||
            coalesce(' ' || m.reason, '') AS fate
       FROM reminders.notices n JOIN reminders.mails m ON m.id = n.mail_id ORDER BY n.id`,
  )
  return Object.fromEntries(rows.map(({ grant, fate }) => [grant, fate]))
}

const ANA = 'con_ana'

describe.concurrent('a mail is confirmed just before it is built', () => {
  const gone = (reason: string) => `dropped ${reason}, cancelled ${reason}`
  test('What no longer holds by then does not go out, and its reason is kept', async () => {
    const changes: Readonly<Record<string, readonly [change: string, fate: string]>> = {
      spent: [`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_spent'`, gone('nothing-remaining')],
      cents: [`UPDATE billing.credit_grants SET remaining = 0.49 WHERE id = 'cg_cents'`, gone('below-minimum')],
      voided: [`UPDATE billing.credit_grants SET voided_at = '2026-05-26Z' WHERE id = 'cg_voided'`, gone('voided')],
      later: [
        `UPDATE billing.credit_grants SET expires_at = '2027-06-01Z' WHERE id = 'cg_later'`,
        gone('expiry-moved'),
      ],
      never: [`UPDATE billing.credit_grants SET expires_at = 'infinity' WHERE id = 'cg_never'`, gone('never-expires')],
      erased: [`DELETE FROM billing.credit_grants WHERE id = 'cg_erased'`, gone('grant-missing')],
      broken: [`UPDATE billing.credit_grants SET remaining = 'NaN' WHERE id = 'cg_broken'`, gone('invalid-row')],
      optout: [
        `UPDATE billing.contacts SET receives_billing_email = false WHERE id = 'con_optout'`,
        gone('no-billing-contact'),
      ],
      left: [`DELETE FROM billing.contacts WHERE id = 'con_left'`, gone('contact-missing')],
      comma: [`UPDATE billing.contacts SET email = 'a,b@example.com' WHERE id = 'con_comma'`, gone('invalid-address')],
      closed: [`UPDATE billing.accounts SET closed_at = '2026-05-26Z' WHERE id = 'acc_closed'`, gone('account-closed')],
      deleted: [`DELETE FROM billing.accounts WHERE id = 'acc_deleted'`, gone('no-account')],
      unsub: [`INSERT INTO reminders.unsubscriptions VALUES ('con_unsub', 'acc_unsub')`, gone('unsubscribed')],
      refused: [
        `INSERT INTO reminders.suppressions
         SELECT address_hash, 'manual', 'test' FROM reminders.mails WHERE contact_id = 'con_refused'`,
        gone('suppressed'),
      ],
      partly: [`UPDATE billing.credit_grants SET remaining = 3.5 WHERE id = 'cg_partly'`, 'sent 3.5, sent'],
      moved: [`UPDATE billing.contacts SET email = 'new@example.com' WHERE id = 'con_moved'`, 'sent 18.00, sent'],
      // In another account, or with an unsubscription for another one, nothing stands against it.
      other: [`INSERT INTO reminders.unsubscriptions VALUES ('con_other', 'acc_unsub')`, 'sent 18.00, sent'],
    }
    await using program = await openHeld(Object.fromEntries(Object.keys(changes).map((name) => [name, {}])))
    for (const [change] of Object.values(changes)) await program.database.sql(change)

    await program.approve(program.sweepId)
    const foreseen = await program.dryRunAt(APPROVED_AT)
    const { delivered } = await program.runAt(APPROVED_AT)
    expect(delivered).toEqual({ sent: 3, deferred: 0, failed: 0, cancelled: 14, uncertain: 0 })
    const expected = Object.entries(changes).map(([name, [, fate]]) => [`cg_${name}`, fate])
    expect(await fates(program)).toEqual(Object.fromEntries(expected))
    expect((await arrivalsAt(program.sink)).map(({ to, lines }) => [to, lines]).toSorted()).toEqual([
      ['new@example.com', [expect.stringContaining('$18.00 - Pack of moved')]],
      ['other@example.com', [expect.stringContaining('$18.00 - Pack of other')]],
      ['partly@example.com', [expect.stringContaining('$3.50 - Pack of partly')]],
    ])
    expect(foreseen.emails).toEqual(await program.ledgerMails('sent'))
  })

  test('When one line of several is spent, the others go, and the words count the days that are left', async () => {
    await using program = await openHeld({ ana: {} })
    const { sql } = program.database
    await sql(`INSERT INTO reminders.notices (mail_id, grant_id, account_id, contact_id, expires_at, stage, due_at, unit, amount, state)
      SELECT mail_id, 'cg_2', account_id, contact_id, expires_at, stage, due_at, unit, amount, state FROM reminders.notices`)
    await sql(`INSERT INTO billing.credit_grants SELECT 'cg_2', account_id, kind, 'Second', unit, amount, remaining, priority,
      granted_at, effective_at, expires_at FROM billing.credit_grants`)
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_ana'`)
    await program.approve(program.sweepId)
    await program.runAt('2026-05-30T12:00:00Z')
    expect(await fates(program)).toEqual({ cg_ana: 'dropped nothing-remaining, sent', cg_2: 'sent 18.00, sent' })
    expect(await arrivalsAt(program.sink)).toMatchObject([
      { lines: [expect.stringMatching(/^\$18.00 - Second.*2 days left/)] },
    ])
  })
})

describe.concurrent('what was dropped or discarded', () => {
  test('A dropped notice comes back when its reason goes away: nobody was told', async () => {
    await using program = await openHeld({ ana: {} })
    const { sql } = program.database
    await sql(`UPDATE billing.credit_grants SET remaining = 0`)
    await program.approve(program.sweepId)
    await program.runAt(APPROVED_AT)
    expect(program.sink.mails).toEqual([])
    await sql(`UPDATE billing.credit_grants SET remaining = 12`)
    const { sweep } = await program.runAt(APPROVED_AT)
    await program.approve(sweep.id)
    await program.runAt(APPROVED_AT)
    expect(await program.ledgerMails('sent')).toMatchObject([
      { contact: ANA, grants: [{ stage: 'P7D', remaining: '12' }] },
    ])
  })

  test('A discarded stage stays closed, the tighter ones and a moved expiry are told', async () => {
    await using program = await openHeld({ ana: {}, bob: {} })
    await program.discard(program.sweepId)
    const same = await program.runAt(APPROVED_AT)
    expect(same.sweep.counts).toMatchObject({ emails: 0, skipped: { discarded: 2 } })
    await program.database.sql(
      `UPDATE billing.credit_grants SET expires_at = '2026-06-02T12:00:00Z' WHERE id = 'cg_bob'`,
    )
    const tighter = await program.runAt('2026-05-31T12:00:00Z')
    expect(await program.ledgerMails('held')).toMatchObject([
      { contact: ANA, grants: [{ stage: 'P1D' }] },
      { contact: 'con_bob', grants: [{ stage: 'P7D', expiresAt: '2026-06-02T12:00:00.000Z' }] },
    ])
    expect(tighter.sweep.counts.emails).toBe(2)
  })

  test('A held warning that a tighter one overtook goes out as one mail, one whose credits expired not at all', async () => {
    await using program = await openHeld({ ana: {}, bob: { grant: { expiresAt: '2026-05-29T12:00:00Z' } } })
    const late = await program.runAt('2026-05-31T13:00:00Z')
    expect(late.sweep.counts).toMatchObject({ emails: 2 })
    await program.approve(program.sweepId)
    await program.approve(late.sweep.id)
    await program.runAt('2026-05-31T13:00:00Z')
    expect(await program.ledgerMails('sent')).toMatchObject([
      { contact: ANA, category: 'warning', grants: [{ stage: 'P1D' }] },
      { contact: 'con_bob', category: 'expired', grants: [{ stage: 'expired' }] },
    ])
    expect(program.sink.mails).toHaveLength(2)
    const dropped = await program.database.sql(
      `SELECT grant_id AS grant, stage, reason FROM reminders.notices WHERE state = 'dropped' ORDER BY id`,
    )
    expect(dropped).toEqual([
      { grant: 'cg_ana', stage: 'P7D', reason: 'superseded' },
      { grant: 'cg_bob', stage: 'P7D', reason: 'expired-meanwhile' },
    ])
  })
})
