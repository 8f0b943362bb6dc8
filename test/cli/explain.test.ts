import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF } from '../support/company.ts'
import { grantDocument } from '../support/explained.ts'
import { openProgram, type Program } from '../support/program.ts'

describe('explain', () => {
  let company: Program
  beforeAll(async () => {
    company = await openProgram({ rules: { policies: { default: { warnBefore: ['P30D', 'P7D', 'P1D'] } } } })
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql, { id: 'ana' })
    await insertContact(sql, { id: 'bob', email: 'bob@gone.example' })
    await insertContact(sql, { id: 'eve', receivesBillingEmail: false })
    await insertGrant(sql, { id: 'cg_1', expiresAt: '2026-05-30T12:00:00Z', name: 'Spring pack' })
    await insertGrant(sql, { id: 'cg_spent', expiresAt: '2026-05-30T12:00:00Z', remaining: '0' })
    await insertGrant(sql, { id: 'cg_bad', expiresAt: '2026-05-30T12:00:00Z', remaining: 'NaN' })
    await insertGrant(sql, { id: 'cg_moved', expiresAt: '2026-05-28T12:00:00Z' })
    await insertAccount(sql, { id: 'acc_late' })
    await insertContact(sql, { id: 'kim', accountId: 'acc_late', email: 'kim@slow.example' })
    await insertGrant(sql, { id: 'cg_late', accountId: 'acc_late', expiresAt: '2026-05-25T12:04:00Z' })
    await insertAccount(sql, { id: 'acc_used' })
    await insertContact(sql, { id: 'lou', accountId: 'acc_used', email: 'lou@slow.example' })
    await insertGrant(sql, { id: 'cg_used', accountId: 'acc_used', expiresAt: '2026-05-30T12:00:00Z' })
    const refusal = '550 5.1.1 <bob@gone.example>: no such user'
    company.sink.answer({ stage: 'rcpt', to: 'bob@gone.example', reply: refusal })
    for (const to of ['kim@slow.example', 'lou@slow.example']) {
      company.sink.answer({ stage: 'rcpt', to, reply: '450 4.2.1 later' })
    }
    await runCli(['suppress', 'add', 'eve@example.com', '--scope', 'warnings', '--note', 'ticket 7'], company.env)
    await company.runAt(AS_OF)
    // The list goes by the clock; the runs of this test are of another year.
    await sql(`UPDATE reminders.suppressions SET created_at = '${AS_OF}', listed_at = '${AS_OF}'`)
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_used'`)
    await company.runAt('2026-05-25T13:00:00Z')
    await sql(`UPDATE billing.credit_grants SET remaining = 5 WHERE id = 'cg_used'`)
    await sql(`UPDATE billing.credit_grants SET expires_at = '2026-07-28T12:00:00Z' WHERE id = 'cg_moved'`)
  })
  afterAll(() => company[Symbol.asyncDispose]())

  const explain = async (grant: string) => {
    const told = await company.explain(grant, '2026-05-26T12:00:00Z')
    expect(told.text + JSON.stringify(told.json)).not.toMatch(/(?:ana|bob|eve)@/)
    return told
  }
  const linesOf = (text: string) => text.split('\n').map((line) => line.trimEnd())
  const messageIdTo = (address: string) =>
    /^Message-ID: (.+)\r$/im.exec(company.sink.mailsTo(address)[0]?.raw.toString() ?? '')?.[1] ?? 'none'

  test('When somebody was told, it shows when, whom, under which Message-ID, and what the server said', async () => {
    const lines = linesOf((await explain('cg_1')).text)
    expect(lines[0]).toBe('Grant cg_1: Spring pack (purchased), $18.00 of $20.00 left, of Acme (acc_1)')
    expect(lines).toContain('2026-01-01 00:00Z  granted')
    expect(lines).toContain('2026-05-23 12:00Z  P7D due to a***@example.com (ana): sent')
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^2026-05-25 12:00Z {4}P7D to a\*\*\*@example\.com: planned by sweep run-\S+ for \$18\.00, Message-ID <\S+@acme\.example>$/,
      ),
    )
    expect(lines.join('\n')).toContain(messageIdTo('ana@example.com'))
    expect(lines).toContainEqual(expect.stringMatching(/^2026-05-25 12:00Z {4}P7D to a\*\*\*@example\.com: sent, 250 /))
    expect(lines).toContain('2026-05-29 12:00Z  P1D due to a***@example.com (ana): will be sent, if nothing changes')
  })

  test('When somebody was not told, it says why', async () => {
    const lines = linesOf((await explain('cg_1')).text)
    expect(lines).toContain('2026-05-23 12:00Z  P7D due to b***@gone.example (bob): failed')
    expect(lines).toContain(
      '2026-05-25 12:00Z    P7D to b***@gone.example: failed at rcpt, 550 5.1.1 <***@gone.example>: no such user',
    )
    expect(lines).toContain(
      '2026-05-23 12:00Z  P7D due to e***@example.com (eve): not sent: receives_billing_email is false (no-billing-contact)',
    )
    expect(lines).toContain(
      '2026-05-25 12:00Z    P7D to b***@gone.example: failed, the server refused the address for good; it is on the suppression list (recipient-refused)',
    )
    expect((await explain('cg_spent')).text).toContain(
      'nobody is to be told: nothing is left to lose (nothing-remaining)',
    )
    expect((await explain('cg_bad')).text).toMatch(/^Grant cg_bad: its row cannot be understood \(.*remaining.*\)/)
  })

  test('When mail is kept from an address, it says why, since when and by whom', async () => {
    const lines = linesOf((await explain('cg_1')).text)
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^No mail to b\*\*\*@gone\.example \(bob\): on the suppression list since \d{4}-.*Z, recipient-refused, by mail [\da-f-]{36}\.$/,
      ),
    )
    expect(lines).toContainEqual(
      expect.stringMatching(/^No warnings to e\*\*\*@example\.com \(eve\): .*, manual, by ticket 7\.$/),
    )
    expect((await explain('cg_late')).text).not.toContain('suppression list since')
  })

  test('When a planned mail was not sent after all, it says why', async () => {
    expect(linesOf((await explain('cg_late')).text)).toContain(
      '2026-05-25 12:00Z    P1D to k***@slow.example: failed, it was deferred until another try would have come too late (too-late)',
    )
    const lines = linesOf((await explain('cg_used')).text)
    expect(lines).toContain('2026-05-25 12:00Z    P7D to l***@slow.example: deferred at rcpt, 450 4.2.1 later')
    expect(lines).toContain(
      '2026-05-25 13:00Z    P7D to l***@slow.example: dropped, nothing is left to lose (nothing-remaining)',
    )
  })

  test('When the expiry has moved since, what was said of the former one is still there', async () => {
    const lines = linesOf((await explain('cg_moved')).text)
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^2026-05-25 12:00Z {4}P7D to a\*\*\*@example\.com: planned by sweep \S+ for \$18\.00, Message-ID \S+, for the expiry at 2026-05-28 12:00Z$/,
      ),
    )
    expect(lines).toContain('2026-07-21 12:00Z  P7D due to a***@example.com (ana): will be sent, if nothing changes')
  })

  test('When nobody has such an id, it names what was probably meant, in one line', async () => {
    const faultOf = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await runCli(['explain', ...args], company.env)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      return stderr
    }
    expect(await faultOf('cg_lat')).toBe(
      'there is no credit grant cg_lat in billing.credit_grants, nor in the ledger (did you mean cg_late?)\n',
    )
    expect(await faultOf('acc_late')).toContain('it is an account: write explain --account acc_late')
    expect(await faultOf('ana@example.com')).toBe('a mail address is no id of a grant; write explain --email ADDRESS\n')
    expect(await faultOf('--account', 'acc_latte')).toContain('(did you mean acc_late?)')
  })

  test('When an address is asked for, the answer is the whole of its output, also where nobody knows it', async () => {
    const result = await runCli(['explain', '--email', 'who@example.com', '--format', 'json'], company.env)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(result.stdout)).toMatchObject({ isKnown: false, to: 'w***@example.com' })
  })

  test('When asked for JSON, it prints exactly the documented document', async () => {
    for (const grant of ['cg_1', 'cg_spent', 'cg_bad', 'cg_moved']) {
      const document = grantDocument.parse((await explain(grant)).json)
      expect(document).toMatchObject({ grant, account: 'acc_1', asOf: '2026-05-26T12:00:00.000Z' })
      expect(document.suppressions).toMatchObject([
        { contact: 'bob', to: 'b***@gone.example', reason: 'recipient-refused', scope: 'all' },
        { contact: 'eve', to: 'e***@example.com', reason: 'manual', scope: 'warnings', source: 'ticket 7' },
      ])
      if (grant !== 'cg_1') continue
      expect(document.stages.filter(({ stage }) => stage === 'P7D').map(({ to, standing }) => [to, standing])).toEqual([
        ['a***@example.com', 'sent'],
        ['b***@gone.example', 'failed'],
        ['e***@example.com', 'not-told'],
      ])
      expect(document.notices).toMatchObject([
        { state: 'sent', mail: { state: 'sent', messageId: messageIdTo('ana@example.com') } },
        { state: 'failed', reason: 'recipient-refused', mail: { attempts: [{ replyCode: 550 }] } },
      ])
    }
  })
})
