import { describe, expect, test } from 'vitest'
import { arrivalsAt, insertCustomer } from '../support/customer.ts'
import { openProgram } from '../support/program.ts'

const LADDER = { policies: { purchased: { warnBefore: ['P8D', 'P5D', 'P2D'] } } }

describe.concurrent('the life of a grant', () => {
  test('Over a table of runs, each warning comes once and in time, and one mail when the credits are gone', async () => {
    await using program = await openProgram({ rules: LADDER })
    await insertCustomer(program.database.sql, 'ana')
    // Expiry: 2026-06-01T12:00Z. How long before it, the time of the run, warnings so far, final notices so far.
    const table = [
      ['9 days', '2026-05-23T12:00:00Z', 0, 0],
      ['7.5 days', '2026-05-25T00:00:00Z', 1, 0],
      ['7 days', '2026-05-25T12:00:00Z', 1, 0],
      ['4 days less an hour', '2026-05-28T13:00:00Z', 2, 0],
      ['1.5 days', '2026-05-31T00:00:00Z', 3, 0],
      ['0.5 days', '2026-06-01T00:00:00Z', 3, 0],
      ['2 days after', '2026-06-03T12:00:00Z', 3, 1],
    ] as const
    for (const [when, instant, warnings, expired] of table) {
      await program.runAt(instant)
      const mails = await program.ledgerMails('sent')
      const ofCategory = (category: string) => mails.filter((mail) => mail.category === category).length
      expect([ofCategory('warning'), ofCategory('expired')], when).toEqual([warnings, expired])
      expect(program.sink.mails, when).toHaveLength(warnings + expired)
    }
    expect(await arrivalsAt(program.sink)).toMatchObject([
      {
        subject: '$18.00 in credits will expire on Jun 1, 2026',
        lines: ['$18.00 - Pack of ana (7 days left), until 12:00 UTC on Monday, June 1, 2026'],
      },
      { lines: ['$18.00 - Pack of ana (4 days left), until 12:00 UTC on Monday, June 1, 2026'] },
      { lines: ['$18.00 - Pack of ana (last day: tomorrow), until 12:00 UTC on Monday, June 1, 2026'] },
      {
        subject: '$18.00 in credits expired on Jun 1, 2026',
        lines: ['$18.00 - Pack of ana, until 12:00 UTC on Monday, June 1, 2026'],
      },
    ])
  })

  test('When runs were missed for days, one mail comes and not three, with the true time left', async () => {
    await using program = await openProgram({ rules: LADDER })
    await insertCustomer(program.database.sql, 'ana')
    await program.runAt('2026-06-01T10:00:00Z')
    await program.runAt('2026-06-01T11:59:59.999Z')
    expect(await arrivalsAt(program.sink)).toMatchObject([{ lines: [expect.stringContaining('last day: today')] }])
    expect(await program.ledgerMails('sent')).toMatchObject([{ grants: [{ stage: 'P2D' }] }])
  })

  test('The expiry instant is outside: at it there is no warning any more, but the final notice', async () => {
    await using program = await openProgram({ rules: LADDER })
    await insertCustomer(program.database.sql, 'ana')
    await program.runAt('2026-06-01T12:00:00Z')
    expect(await program.ledgerMails('sent')).toMatchObject([{ category: 'expired', grants: [{ stage: 'expired' }] }])
  })

  test('When the ledger zeroes what is left at the expiry, the final notice names what it wrote off', async () => {
    await using program = await openProgram({ rules: LADDER })
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    await insertCustomer(sql, 'bob')
    await program.runAt('2026-05-30T12:00:00Z')
    await sql(`UPDATE billing.credit_grants SET remaining = 0, expired_amount = 7.25 WHERE id = 'cg_ana'`)
    await sql(`UPDATE billing.credit_grants SET remaining = 0, expired_amount = 0 WHERE id = 'cg_bob'`)
    await program.runAt('2026-06-01T13:00:00Z')
    expect((await program.ledgerMails('sent')).slice(2)).toMatchObject([
      { account: 'acc_ana', category: 'expired', grants: [{ remaining: '7.25' }] },
    ])
    expect(await program.decisions()).toMatchObject({ cg_bob: 'nothing-remaining' })
  })
})

describe.concurrent('run and rerun', () => {
  test('Each who is due gets one mail of all their credits; neither a rerun nor a later run within the rung adds any', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertCustomer(sql, 'ana', { account: { timeZone: 'Europe/Berlin' }, contact: { name: 'Ana' } })
    await insertCustomer(sql, 'bob', { grant: { remaining: '1200', unit: 'credits' } })
    await insertCustomer(sql, 'eve', { grant: { expiresAt: '2026-09-01T12:00:00Z' } })
    await sql(`INSERT INTO billing.credit_grants (id, account_id, kind, name, unit, amount, remaining, granted_at, expires_at)
      VALUES ('cg_2', 'acc_ana', 'promotional', 'Developer day', 'USD', 5, 5.00, '2026-01-01Z', '2026-05-29 00:00+02'),
             ('cg_3', 'acc_ana', 'purchased', NULL, 'EUR', 5, 0.1, '2026-01-01Z', '2026-06-01 12:00Z')`)

    const first = await program.runAt('2026-05-25T12:00:00Z')
    expect(first).toMatchObject({ delivered: { sent: 2 }, unfinished: 0, closure: null })
    expect(first.sweep.counts).toEqual({ examined: 4, emails: 2, notices: 4, skipped: {} })
    expect((await arrivalsAt(program.sink)).toSorted((a, b) => (a.to < b.to ? -1 : 1))).toMatchObject([
      {
        to: 'ana@example.com',
        lines: [
          '$5.00 - Developer day (3 days left), until the end of Thursday, May 28, 2026 (GMT+2)',
          '€0.10 - Purchased credits (7 days left), until 14:00 GMT+2 on Monday, June 1, 2026',
          '$18.00 - Pack of ana (7 days left), until 14:00 GMT+2 on Monday, June 1, 2026',
        ],
      },
      {
        to: 'bob@example.com',
        lines: ['1,200 credits - Pack of bob (7 days left), until 12:00 UTC on Monday, June 1, 2026'],
      },
    ])

    for (const again of ['2026-05-25T12:00:00Z', '2026-05-25T12:00:00.001Z', '2026-05-26T23:59:59.999+02:00']) {
      const { sweep, delivered } = await program.runAt(again)
      expect(sweep.counts, again).toEqual({ examined: 4, emails: 0, notices: 0, skipped: { 'already-told': 4 } })
      expect(delivered.sent, again).toBe(0)
    }
    expect(program.sink.mails).toHaveLength(2)
  })

  test('What is above an address’s mails of a day comes on the days after, each once', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerAddressPerDay: 2 } })
    const names = ['ana', 'bob', 'eve', 'kim', 'lou']
    const shared = { contact: { email: 'agency@example.com' } }
    for (const name of names) await insertCustomer(program.database.sql, name, shared)
    const sentAt = async (instant: string) => {
      const foreseen = await program.dryRunAt(instant)
      const { sweep, delivered } = await program.runAt(instant)
      expect(foreseen.emails, instant).toHaveLength(delivered.sent)
      return [delivered.sent, sweep.counts.skipped['address-limit'] ?? 0]
    }
    expect(await sentAt('2026-05-25T12:00:00Z')).toEqual([2, 3])
    expect(await sentAt('2026-05-26T11:59:00Z')).toEqual([0, 3])
    expect(await sentAt('2026-05-26T12:00:00Z')).toEqual([2, 1])
    expect(await sentAt('2026-05-27T12:00:00Z')).toEqual([1, 0])
    expect(await sentAt('2026-05-28T12:00:00Z')).toEqual([0, 0])
    const told = (await arrivalsAt(program.sink)).map(({ lines }) => /Pack of \w+/.exec(lines.join())?.[0])
    expect(told.toSorted()).toEqual(names.map((name) => `Pack of ${name}`))
  })
})
