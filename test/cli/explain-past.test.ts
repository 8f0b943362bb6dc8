import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { putBackMails } from '../../src/store/failed-mails.ts'
import { optOut, undoOptOut } from '../../src/store/opt-outs.ts'
import { liftSuppressions } from '../../src/store/suppression-list.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { insertCustomer } from '../support/customer.ts'
import { grantDocument } from '../support/explained.ts'
import { openProgram, type Program } from '../support/program.ts'

const WIDE = { policies: { default: { warnBefore: ['P30D', 'P7D', 'P1D'] } } }
const TIGHT = { sendAt: 'anytime', policies: { default: { warnBefore: ['P14D', 'P2D'] } } }
const ANA = addressHash('ana@example.com')

/**
 * A grant's life: told of 1 June, moved to 1 July and corrected, told by other rules with a mail that is deferred at first,
 * bounced, opted out for a day, listed anew for warnings only, and spent.
 */
async function liveThrough(program: Program): Promise<void> {
  const { database, sink } = program
  const { sql, db } = database
  await insertCustomer(sql, 'ana', { contact: { timeZone: 'Europe/Berlin' } })
  await insertCustomer(sql, 'kim', { grant: { expiresAt: '2026-06-20T12:00:00Z' } })
  await program.runAt('2026-05-02T13:00:00Z')
  await sql(`UPDATE billing.credit_grants SET expires_at = '2026-07-01T12:00:00Z', remaining = 15 WHERE id = 'cg_ana'`)
  sink.answer({ stage: 'final', to: 'kim@example.com', reply: '554 5.6.0 not this one', times: 1 })
  await program.runAt('2026-05-21T13:00:00Z')
  const [failed] = await sql<{ id: string }>(`SELECT id::text FROM reminders.mails WHERE state = 'failed'`)
  await putBackMails(db, [failed?.id ?? ''], new Date('2026-05-23T12:00:00Z'))
  await program.runAt('2026-05-23T13:00:00Z')
  await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify(TIGHT))
  sink.answer({ stage: 'rcpt', to: 'ana@example.com', reply: '450 4.2.1 later', times: 1 })
  await program.runAt('2026-06-17T13:00:00Z')
  await program.runAt('2026-06-17T14:30:00Z')
  const [last] = await sql<{ id: string }>(
    `SELECT m.id::text FROM reminders.mails m WHERE contact_id = 'con_ana' ORDER BY m.id DESC LIMIT 1`,
  )
  await sql(
    `INSERT INTO reminders.reports (key, mail_id, address_hash, kind, status, diagnostic, source, received_at)
     VALUES ('k', $1::uuid, $2, 'failed', '5.1.1', 'no such user', 'mailbox', '2026-06-18T08:00:00Z')`,
    [last?.id, ANA],
  )
  await keepAway(program)
  await program.runAt('2026-06-30T13:00:00Z')
  await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_ana'`)
}

/** The list and the wishes go by the clock: each step is dated back before the next. */
async function keepAway({ database: { db, sql } }: Program): Promise<void> {
  const target = { contactId: 'con_ana', accountId: 'acc_ana', addressHash: ANA }
  const dated = (table: string, column: string, at: string) =>
    sql(`UPDATE reminders.${table} SET ${column} = $1 WHERE ${column} > '2026-07-01'`, [at])
  await suppress(db, [{ addressHash: ANA, reason: 'bounced', scope: 'all', source: 'mail 1' }])
  for (const column of ['created_at', 'listed_at']) await dated('suppressions', column, '2026-06-18T08:00:00Z')
  await optOut(db, target, { reach: 'account', scope: 'all', source: 'page' })
  await dated('unsubscriptions', 'created_at', '2026-06-19T08:00:00Z')
  await undoOptOut(db, target)
  await dated('unsubscriptions', 'lifted_at', '2026-06-20T08:00:00Z')
  await liftSuppressions(db, [ANA])
  await dated('suppressions', 'lifted_at', '2026-06-21T08:00:00Z')
  await suppress(db, [{ addressHash: ANA, reason: 'manual', scope: 'warnings', source: 'ticket 7' }])
  for (const column of ['created_at', 'listed_at']) await dated('suppressions', column, '2026-06-25T08:00:00Z')
}

describe('explain --as-of a past time', () => {
  let program: Program
  beforeAll(async () => {
    program = await openProgram({ rules: WIDE })
    await liveThrough(program)
  })
  afterAll(() => program[Symbol.asyncDispose]())

  const at = async (instant: string, grant = 'cg_ana') => {
    const { text, json } = await program.explain(grant, instant)
    const standings = json.stages.map(({ stage, standing, ...more }) => {
      return `${stage} ${'reason' in more ? more.reason : standing}`
    })
    return { text, json: grantDocument.parse(json), standings }
  }

  test('Before any sweep, nobody was told, and the rules are those of now', async () => {
    const { text, json, standings } = await at('2026-05-01T00:00:00Z')
    expect(json).toMatchObject({ notices: [], decisions: [], rules: { from: 'file', since: null } })
    expect(text).toContain('No sweep had run by then: told by the rules of now.')
    // The sweep of the next day noted what was left and when it would expire: billing has other values now.
    expect(json).toMatchObject({ remaining: '18.00', expiresAt: '2026-06-01T12:00:00.000Z' })
    expect(standings).toEqual(['P14D ahead', 'P2D ahead', 'expired ahead'])
  })

  test('After the first mail, it is told with the expiry, the amount and the rules of then', async () => {
    const { text, json, standings } = await at('2026-05-03T00:00:00Z')
    expect(text).toContain('noted it at 2026-05-02 13:00Z; billing has 2026-07-01 12:00Z now.')
    expect(standings).toEqual(['P30D sent', 'P7D ahead', 'P1D ahead', 'expired ahead'])
    expect(json.notices).toMatchObject([{ stage: 'P30D', state: 'sent', amount: '18.00' }])
    expect(json.rules).toMatchObject({
      from: 'ledger',
      since: '2026-05-02T13:00:00.000Z',
      differing: ['policies.default'],
    })
    expect(json.noted).toEqual({ expiresAt: '2026-05-02T13:00:00.000Z', remaining: '2026-05-02T13:00:00.000Z' })
    expect(text).toMatch(
      /^Rules then in force: [\da-f]{12}, since the sweep of 2026-05-02 13:00Z; since then policies/m,
    )
    expect(text).toContain('Of now, because billing keeps no history: contacts.')
    expect(json.next).toMatchObject([
      { kind: 'ahead', stage: 'P7D', dueAt: '2026-05-25T12:00:00.000Z', timeZone: 'Europe/Berlin' },
    ])
    expect(text).toContain('P7D, due Mon 25 May 2026, 14:00 CEST (2026-05-25 12:00Z)')
  })

  test('After the expiry has moved, both are told: what was said of the former one, and what follows now', async () => {
    const { json, standings } = await at('2026-05-22T00:00:00Z')
    expect(json.expiresAt).toBe('2026-07-01T12:00:00.000Z')
    expect(json.notices.map(({ stage, expiresAt }) => [stage, expiresAt])).toEqual([
      ['P30D', '2026-06-01T12:00:00.000Z'],
      ['correction', '2026-07-01T12:00:00.000Z'],
    ])
    expect(standings).toEqual(['P30D ahead', 'P7D ahead', 'P1D ahead', 'expired ahead', 'correction sent'])
  })

  test('A mail that was deferred waits in between, and is sent afterwards', async () => {
    const between = await at('2026-06-17T13:30:00Z')
    expect(between.json.rules).toMatchObject({ since: '2026-06-17T13:00:00.000Z', differing: [] })
    expect(between.text).toContain('; they are those of now.')
    expect(between.json.notices.at(-1)).toMatchObject({
      state: 'planned',
      mail: { state: 'queued', sentAt: null, attempts: [{ outcome: 'deferred', stage: 'rcpt', replyCode: 450 }] },
    })
    expect(between.json.next).toMatchObject([{ kind: 'waiting', stage: 'P14D' }])
    expect(between.text).toContain('P14D is planned, and its mail waits for another try')
    const after = await at('2026-06-17T15:00:00Z')
    expect(after.json.notices.at(-1)?.mail).toMatchObject({ state: 'sent', attempts: [{}, { outcome: 'sent' }] })
    expect(after.json.next).toMatchObject([{ kind: 'ahead', stage: 'P2D', dueAt: '2026-06-29T12:00:00.000Z' }])
  })

  test('A bounce is told from when it came, with what it kept away', async () => {
    expect((await at('2026-06-18T07:59:00Z')).text).not.toContain('bounce')
    const { text, json } = await at('2026-06-18T09:00:00Z')
    expect(text).toContain('a bounce came back, it was not delivered (5.1.1), no such user')
    expect(json.suppressions).toMatchObject([{ reason: 'bounced', scope: 'all' }])
    expect(json.next).toMatchObject([{ kind: 'nothing', reason: 'suppressed' }])
    expect(text).toMatch(/^ {2}to a\*\*\*@example\.com \(con_ana\): nothing more: the address is on the suppression/m)
  })

  test('A wish holds until it is taken back, and what was listed until it is lifted or listed anew', async () => {
    const asked = await at('2026-06-19T12:00:00Z')
    expect(asked.json.optOuts).toMatchObject([{ scope: 'all', source: 'page', since: '2026-06-19T08:00:00.000Z' }])
    expect(asked.json.next).toMatchObject([{ kind: 'nothing', reason: 'unsubscribed' }])
    const lifted = await at('2026-06-22T00:00:00Z')
    expect(lifted.json).toMatchObject({
      ...{ suppressions: [], optOuts: [] },
      lifted: {
        suppressions: [{ until: '2026-06-21T08:00:00.000Z' }],
        optOuts: [{ until: '2026-06-20T08:00:00.000Z' }],
      },
    })
    expect(lifted.text).toContain('from 2026-06-19 08:00Z to 2026-06-20 08:00Z: asked for by page.')
    expect(lifted.json.next).toMatchObject([{ kind: 'ahead', stage: 'P2D' }])
    const anew = await at('2026-06-26T00:00:00Z')
    expect(anew.json.suppressions).toMatchObject([{ reason: 'manual', scope: 'warnings', source: 'ticket 7' }])
    expect(anew.json.lifted.suppressions).toMatchObject([{ reason: 'bounced' }])
    expect(anew.json.next).toMatchObject([{ kind: 'ahead', stage: 'expired' }])
  })

  test('What a later sweep decided is not known before, nor what was spent since', async () => {
    const before = await at('2026-06-30T12:59:59Z')
    expect(before.text).toContain(
      'What was left is as the ledger noted it at 2026-06-17 14:30Z; billing has $0.00 now.',
    )
    expect(before.json.decisions).toMatchObject([{ reason: 'awaiting-delivery' }])
    expect(before.json.remaining).toBe('15')
    const { json, text } = await at('2026-06-30T13:00:00Z')
    expect(json.decisions).toMatchObject([{ reason: 'awaiting-delivery' }, { reason: 'suppressed' }])
    // No sweep has looked since: the balance is of now, and it is said so.
    expect(json.noted).toEqual({ expiresAt: null, remaining: null })
    expect(text).toContain('Of now, because billing keeps no history: contacts, the expiry, the balance.')
  })

  test('Rules that another version kept, and this one cannot read, are said to be so', async () => {
    const { sql } = program.database
    const [kept] = await sql<{ hash: string; document: object }>(
      `SELECT hash, document FROM reminders.rule_sets ORDER BY first_used LIMIT 1`,
    )
    const write = (document: object) =>
      sql('UPDATE reminders.rule_sets SET document = $2 WHERE hash = $1', [kept?.hash, JSON.stringify(document)])
    await write({ sendAt: { at: 'noon' } })
    const { text, json } = await at('2026-05-03T00:00:00Z')
    await write(kept?.document ?? {})
    expect(json.rules).toMatchObject({ from: 'file', isUnreadable: true })
    expect(text).toContain('The rules kept then are of another version and cannot be read: told by those of now.')
  })

  test('A mail that failed, and was put back later, had failed in between', async () => {
    const failed = await at('2026-05-22T00:00:00Z', 'cg_kim')
    expect(failed.standings).toContain('P30D failed')
    expect(failed.json.notices).toMatchObject([{ reason: 'mail-refused', mail: { state: 'failed', retried: null } }])
    const putBack = await at('2026-05-23T12:30:00Z', 'cg_kim')
    expect(putBack.json.notices).toMatchObject([{ state: 'planned', mail: { state: 'queued' } }])
    expect(putBack.json.notices[0]?.mail.retried).toEqual({ at: '2026-05-23T12:00:00.000Z', after: 'mail-refused' })
    expect((await at('2026-05-24T00:00:00Z', 'cg_kim')).standings).toContain('P30D sent')
  })
})
