import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase()
const { sql } = database
afterAll(database.drop)

const MAIL = '00000000-0000-7000-8000-000000000001'

beforeEach(async () => {
  await sql(`
    TRUNCATE reminders.rule_sets, reminders.sweeps, reminders.mails, reminders.notices, reminders.attempts, reminders.reports,
      reminders.sweep_parts, reminders.mail_copies;
    INSERT INTO reminders.rule_sets VALUES ('hash', '{}', now());
    INSERT INTO reminders.sweeps (id, as_of, state, rules_hash, examined, emails, notices, skipped, started_at, finished_at)
      VALUES ('sweep', now(), 'planned', 'hash', 1, 1, 1, '{}', now(), now());
    INSERT INTO reminders.mails (id, sweep_id, account_id, contact_id, category, to_address, address_hash, locale,
                                 time_zone, state, next_attempt_at, deadline, message_id)
      VALUES ('${MAIL}', 'sweep', 'acc_1', 'con_1', 'warning', 'ana@example.com', repeat('0', 64), 'en', 'UTC', 'queued',
              now(), now(), '<1@example.com>')`)
})

const notice = (over: Readonly<Record<string, string>> = {}) => {
  const row = {
    ...{
      grant_id: 'cg_1',
      contact_id: 'con_1',
      expires_at: '2026-06-01Z',
      stage: 'P7D',
      amount: '18',
      state: 'planned',
    },
    ...over,
  }
  return sql(
    `INSERT INTO reminders.notices (mail_id, grant_id, account_id, contact_id, expires_at, stage, due_at, unit, amount, state, settled_at)
     VALUES ('${MAIL}', $1, 'acc_1', $2, $3, $4, now(), 'USD', $5, $6, CASE WHEN $6 <> 'planned' THEN now() END)`,
    [row.grant_id, row.contact_id, row.expires_at, row.stage, row.amount, row.state],
  )
}

describe('whatever a program does, the database refuses', () => {
  test('a second notice of the same grant, contact, expiry and stage', async () => {
    await notice()
    await expect(notice()).rejects.toThrow('notices_once')
    await expect(notice({ state: 'sent' })).rejects.toThrow('notices_once')
    // A moved expiry, another stage, contact or grant is another notice; a dropped one was never told.
    await notice({ expires_at: '2026-06-02Z' })
    await notice({ stage: 'P1D' })
    await notice({ contact_id: 'con_2' })
    await notice({ grant_id: 'cg_2' })
    await sql(`UPDATE reminders.notices SET state = 'dropped', reason = 'voided', settled_at = now()`)
    await notice()
  })

  test.each([
    ['a notice of less than nothing', () => notice({ amount: '-1' }), 'notices_amount_check'],
    ['a notice of no number', () => notice({ amount: 'NaN' }), 'notices_amount_check'],
    ['a notice of infinitely much', () => notice({ amount: 'Infinity' }), 'notices_amount_check'],
    ['a notice in a state that there is not', () => notice({ state: 'told' }), 'notices_state_check'],
    ['a dropped notice without a reason', () => notice({ state: 'dropped' }), 'notices_reason_check'],
  ])('%s', async (_what, insert, constraint) => {
    await expect(insert()).rejects.toThrow(constraint)
  })

  test.each([
    ["mails SET state = 'lost'", 'mails_state_check'],
    ["mails SET category = 'advertisement'", 'mails_category_check'],
    ["mails SET state = 'sending'", 'mails_claim_check'],
    ["mails SET state = 'sent'", 'mails_sent_at_check'],
    ["mails SET state = 'failed'", 'mails_reason_check'],
    ['mails SET attempts = -1', 'mails_attempts_check'],
    ['mails SET handed_over_at = now()', 'mails_handed_over_check'],
    ["sweeps SET state = 'done'", 'sweeps_state_check'],
    ["sweeps SET state = 'held'", 'sweeps_held_because_check'],
    ['sweeps SET emails = -1', 'sweeps_counts_check'],
    ["sweeps SET rules_hash = 'another'", 'sweeps_rules_hash_fkey'],
  ])('UPDATE %s', async (change, constraint) => {
    await expect(sql(`UPDATE reminders.${change}`)).rejects.toThrow(constraint)
  })

  test('a notice whose time of settling is missing, or has come before it was settled', async () => {
    await notice()
    const change = (columns: string) => sql(`UPDATE reminders.notices SET ${columns}`)
    await expect(change(`state = 'sent'`)).rejects.toThrow('notices_settled_at_check')
    await expect(change('settled_at = now()')).rejects.toThrow('notices_settled_at_check')
    await change(`state = 'sent', settled_at = now()`)
  })

  test('an attempt with an outcome that there is not, or of no mail', async () => {
    const attempt = (mail: string, outcome: string) =>
      sql(
        `INSERT INTO reminders.attempts (mail_id, number, at, outcome, stage, reply) VALUES ($1, 1, now(), $2, 'final', '')`,
        [mail, outcome],
      )
    await attempt(MAIL, 'sent')
    await expect(attempt(MAIL, 'perhaps')).rejects.toThrow('attempts_outcome_check')
    await expect(attempt(MAIL.replace('1', '2'), 'sent')).rejects.toThrow('attempts_mail_id_fkey')
  })

  test('a suppressed address in the clear', async () => {
    const suppress = (hash: string) =>
      sql(`INSERT INTO reminders.suppressions (address_hash, reason, source) VALUES ($1, 'manual', 'test')`, [hash])
    await expect(suppress('ana@example.com')).rejects.toThrow('suppressions_address_hash_check')
    await suppress('0'.repeat(64))
  })

  test('a second reason for one address; what its owner asked stands beside it', async () => {
    const suppress = (reason: string) =>
      sql(`INSERT INTO reminders.suppressions (address_hash, reason, source) VALUES (repeat('1', 64), $1, 'test')`, [
        reason,
      ])
    await suppress('bounced')
    await suppress('unsubscribed')
    await expect(suppress('complaint')).rejects.toThrow('suppressions_once')
    await expect(suppress('unsubscribed')).rejects.toThrow('suppressions')
  })

  test('an opt-out of nobody, one that is there already, and one of a kind that there is not', async () => {
    const optOut = (contact: string, hash: string, more = `'all', 'page'`) =>
      sql(`INSERT INTO reminders.unsubscriptions (account_id, contact_id, address_hash, scope, source)
           VALUES ('acc_1', ${contact}, ${hash}, ${more})`)
    await expect(optOut('NULL', 'NULL')).rejects.toThrow('unsubscriptions_whose_check')
    await expect(optOut(`'c'`, `'ana@example.com'`)).rejects.toThrow('unsubscriptions_address_hash_check')
    await expect(optOut(`'c'`, 'NULL', `'some', 'page'`)).rejects.toThrow('unsubscriptions_scope_check')
    await expect(optOut(`'c'`, 'NULL', `'all', 'fax'`)).rejects.toThrow('unsubscriptions_source_check')
    for (const [contact, hash] of [
      [`'c'`, 'NULL'],
      [`'c'`, `repeat('1', 64)`],
      ['NULL', `repeat('1', 64)`],
    ] as const) {
      await optOut(contact, hash)
      await expect(optOut(contact, hash)).rejects.toThrow('unsubscriptions_once')
    }
  })
})
