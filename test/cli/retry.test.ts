import { describe, expect, test } from 'vitest'
import { auditLedger } from '../../src/store/audit.ts'
import { runCli } from '../support/cli.ts'
import { type Company, foundCompany, insertDueCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'
import type { SinkRule } from '../support/smtp-sink.ts'

const now = () => new Date().toISOString()

/** A company of which each of `many1@example.com` and on was due a warning, and got what the server said. */
async function companyWithFailures(rules: readonly SinkRule[], count = rules.length): Promise<Program> {
  const program = await openProgram({ rules: { onUncertain: 'hold' } })
  await insertDueCrowd(program, count)
  for (const rule of rules) program.sink.answer(rule)
  const { delivered } = await program.runAt(now())
  expect(delivered.failed).toBe(rules.length)
  program.sink.reset()
  return program
}

async function retry({ env }: Company, ...args: readonly string[]) {
  const result = await runCli(['retry', ...args], env)
  expect(result.stdout + result.stderr).not.toMatch(/many\d@|^ {4}at /m)
  return result
}

/** The mails and their notices, by address: what must agree, and what must not change. */
async function mailsOf({ database }: Program) {
  const rows = await database.sql<{ to: string; id: string; now: string; attempts: number; messageId: string }>(
    `SELECT m.to_address AS to, m.id::text AS id, m.attempts, m.message_id AS "messageId",
            concat_ws(' ', m.state, m.reason, 'notice', n.state, n.reason) AS now
       FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id ORDER BY m.id`,
  )
  return new Map(rows.map(({ to, ...mail }) => [to, mail]))
}
async function expectNothingWrong({ database }: Program) {
  expect((await auditLedger(database.db, null)).findings).toEqual([])
}

const [ONE, TWO, THREE] = ['many1@example.com', 'many2@example.com', 'many3@example.com']

describe.concurrent('retry', () => {
  test('When a mistake was mended, the mails that it failed are put back and sent, under their Message-IDs', async () => {
    await using company = await companyWithFailures(
      [
        { stage: 'final', to: ONE, reply: '552 5.3.4 message too big' },
        { stage: 'final', to: TWO, reply: '552 5.3.4 message too big' },
      ],
      3,
    )
    const failed = await mailsOf(company)
    expect(failed.get(ONE)).toMatchObject({ now: 'failed mail-refused notice failed mail-refused', attempts: 1 })

    const shown = await retry(company, '--reason', 'mail-refused', '--dry-run')
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout.split('\n')).toEqual([
      `mail ${failed.get(ONE)?.id} to m***@example.com (warning, mail-refused) would be put back`,
      `mail ${failed.get(TWO)?.id} to m***@example.com (warning, mail-refused) would be put back`,
      'to be put back: 2, left: 0',
      '',
    ])
    expect(await mailsOf(company)).toEqual(failed)

    const { code, stdout } = await retry(company, '--reason', 'mail-refused')
    expect(code).toBe(0)
    expect(stdout).toContain('put back: 2, left: 0; the next run, or the running service, sends them\n')
    const queued = await mailsOf(company)
    expect(queued.get(ONE)).toEqual({ ...failed.get(ONE), now: 'queued notice planned' })
    await expectNothingWrong(company)

    expect((await company.runAt(now())).delivered).toMatchObject({ sent: 2, failed: 0 })
    const sent = await mailsOf(company)
    expect(sent.get(TWO)).toEqual({ ...failed.get(TWO), now: 'sent notice sent', attempts: 2 })
    const arrived = await Promise.all(company.sink.mails.map(async (mail) => (await mail.parsed()).messageId))
    expect(new Set(arrived)).toEqual(new Set([ONE, TWO].map((to) => failed.get(to)?.messageId)))
    await expectNothingWrong(company)
    const { text, json } = await company.explain('many_cg_1', now())
    expect(text).toContain(
      ': put back by a person, having failed, the server refused this mail for good (mail-refused)\n',
    )
    expect(json.notices).toMatchObject([{ mail: { retried: { after: 'mail-refused' } } }])
    expect((await retry(company, '--reason', 'mail-refused')).stdout).toBe('no failed mail is meant\n')
    expect((await retry(company, failed.get(ONE)?.id ?? '')).stderr).toMatch(
      / is sent; only failed mails are put back\n$/,
    )
  })

  test('When its server had refused an address, the mail is left until the address is off the list, or is another', async () => {
    await using company = await companyWithFailures(
      [ONE, TWO, THREE].map((to) => ({ stage: 'rcpt', to, reply: '550 5.1.1 no such user' })),
    )
    const { sql } = company.database
    await sql(`UPDATE billing.contacts SET email = 'right@example.com' WHERE email = $1`, [TWO])
    await runCli(['suppress', 'remove', THREE], company.env)
    await runCli(['suppress', 'add', THREE, '--note', 'asked us to'], company.env)

    const first = await retry(company, '--reason', 'recipient-refused')
    expect(first.code).toBe(1)
    expect(first.stdout.match(/is left: the address is on the suppression list \(suppressed\)/g)).toHaveLength(2)
    expect(first.stdout).toContain('put back: 1, left: 2')
    expect(first.stderr).toMatch(/^an address that is on the suppression list gets no mail: .*"retry … --lift"/)

    const foreseen = await retry(company, '--reason', 'recipient-refused', '--lift', '--dry-run')
    expect(foreseen.stdout).toContain('to be taken off the suppression list: 1\n')
    expect(await sql('SELECT 1 FROM reminders.suppressions WHERE lifted_at IS NOT NULL')).toEqual([])
    const lifted = await retry(company, '--reason', 'recipient-refused', '--lift')
    // What a person put on the list, a person takes off it.
    expect(lifted.stdout).toContain('put back: 1, left: 1')
    expect((await company.runAt(now())).delivered).toMatchObject({ sent: 2, cancelled: 0 })
    expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual([ONE, 'right@example.com'])
    await expectNothingWrong(company)
  })

  test('When mails may have arrived, they are put back only by who says so, and are counted as in doubt', async () => {
    await using company = await companyWithFailures([
      { stage: 'final', to: ONE, reply: 'close' },
      { stage: 'final', to: TWO, reply: 'close' },
    ])
    const failed = await mailsOf(company)
    const [{ id: sweep = '' } = {}] = await company.database.sql('SELECT id FROM reminders.sweeps')
    const left = await retry(company, '--sweep', String(sweep))
    expect(left.code).toBe(1)
    expect(left.stdout).toContain('is left: it may have arrived; name it by its id, or give --reason uncertain')
    expect((await retry(company, '--grant', 'many_cg_2')).stdout).toContain('put back: 0, left: 1\n')

    const byId = await retry(company, String(failed.get(ONE)?.id).toUpperCase())
    expect(byId.stdout).toContain('in doubt: 1; they may have arrived already, and may arrive twice\n')
    const byReason = await retry(company, '--reason', 'uncertain', '--sweep', String(sweep))
    expect(byReason.stdout).toContain('put back: 1, left: 0')
    await company.runAt(now())
    const [{ doubtful = 0 } = {}] = await company.database.sql(
      `SELECT count(*)::int AS doubtful FROM reminders.mails WHERE state = 'sent' AND uncertain`,
    )
    expect(doubtful).toBe(2)
    await expectNothingWrong(company)
  })

  test('When there is nothing left to say, or its time is over, a mail is left and the reason is told', async () => {
    const reply = '552 5.3.4 message too big'
    const all = [1, 2, 3, 4, 5].map((n) => ({ stage: 'final' as const, to: `many${n}@example.com`, reply }))
    await using company = await companyWithFailures(all)
    const { sql } = company.database
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'many_cg_1'`)
    await sql(`UPDATE reminders.mails SET deadline = now() - interval '1 second' WHERE to_address = $1`, [TWO])
    await sql(
      `INSERT INTO reminders.unsubscriptions SELECT contact_id, account_id FROM reminders.mails WHERE to_address = $1`,
      [THREE],
    )
    // A tighter stage of the same expiry has been told.
    await sql(`INSERT INTO reminders.notices (mail_id, grant_id, account_id, contact_id, expires_at, stage, due_at, unit, amount, state, settled_at)
      SELECT mail_id, grant_id, account_id, contact_id, expires_at, 'PT1H', due_at, unit, amount, 'sent', now()
        FROM reminders.notices WHERE grant_id = 'many_cg_4'`)
    const { code, stdout } = await retry(company, '--reason', 'mail-refused')
    expect(code).toBe(1)
    const reasons = [...stdout.matchAll(/ is left: (.+)$/gm)].map(([, words]) => words)
    expect(reasons.toSorted()).toEqual([
      'a later notice of the same expiry takes its place (superseded)',
      'its time is over',
      'nothing is left to lose (nothing-remaining)',
      'the contact asked for no more reminders (unsubscribed)',
    ])
    expect(stdout).toContain('put back: 1, left: 4')
    const states = [...(await mailsOf(company)).values()].map((mail) => mail.now)
    expect(states.filter((state) => state.startsWith('queued'))).toEqual(['queued notice planned'])
  })

  test('When two persons put the same mail back at once, it is put back once', async () => {
    await using company = await companyWithFailures([{ stage: 'final', to: ONE, reply: '552 5.3.4 message too big' }])
    const both = await Promise.all([retry(company, '--grant', 'many_cg_1'), retry(company, '--grant', 'many_cg_1')])
    // Whoever comes second finds it put back, or, a moment later, nothing to put back.
    expect(both.map(({ code }) => code).toSorted()[0]).toBe(0)
    expect(both.flatMap(({ stdout }) => stdout.match(/^put back: 1/gm) ?? [])).toHaveLength(1)
    await company.runAt(now())
    expect(company.sink.mails).toHaveLength(1)
  })

  test('When asked for nothing, or for what cannot be, it says in one line what it needs', async () => {
    await using company = await foundCompany()
    const nothing = 'ffffffff-0000-7000-8000-000000000000'
    const asked: Readonly<Record<string, readonly string[]>> = {
      'say which: ids of failed mails, --sweep ID, --grant ID or --reason REASON; --dry-run only shows\n': [],
      'x1 is no id of a mail; "retry … --dry-run" and "explain GRANT --format json" name them\n': ['x1'],
      [`there is no mail ${nothing}\n`]: [nothing],
      'there is no sweep nothing; "credit-reminders sweeps" lists them\n': ['--sweep', 'nothing'],
    }
    for (const [stderr, args] of Object.entries(asked)) {
      expect(await retry(company, ...args)).toEqual({ code: 2, stdout: '', stderr })
    }
    expect(await retry(company, '--reason', 'too-late')).toMatchObject({ code: 2, stdout: '' })
    const unknown = 'the ledger has no mail about a grant nothing; "explain GRANT" tells of each\n'
    expect(await retry(company, '--grant', 'nothing')).toEqual({ code: 2, stdout: '', stderr: unknown })
    const none = { code: 0, stdout: 'no failed mail is meant\n', stderr: '' }
    expect(await retry(company, '--reason', 'mail-refused')).toEqual(none)
  })
})
