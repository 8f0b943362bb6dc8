import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { forgetFor } from '../../src/cli/forget.ts'
import { prove } from '../../src/cli/proof.ts'
import { UsageError } from '../../src/errors.ts'
import { takeInReports } from '../../src/jobs/reports.ts'
import { maskAddress } from '../../src/mask.ts'
import { packageFolder } from '../../src/paths.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { auditLedger } from '../../src/store/audit.ts'
import { type FailedMailRecord, failedMailPages } from '../../src/store/failed-mails.ts'
import { forgetAddress } from '../../src/store/forget-address.ts'
import { findTarget } from '../../src/store/opt-outs.ts'
import { readLedgerStatus } from '../../src/store/status.ts'
import { liftEverything } from '../../src/store/suppression-list.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { insertContact } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const scratch = await mkdtemp(join(tmpdir(), 'forget-'))
afterAll(() => rm(scratch, { recursive: true }))

const HASH = addressHash('ana@example.com')

/** All that our own tables hold, as text. */
async function ledgerText({ database: { sql } }: Program): Promise<string> {
  const tables = await sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname IN ('reminders', 'pgboss')`,
  )
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const schema =
        (await sql('SELECT to_regclass($1) AS own', [`reminders.${name}`]))[0]?.own === null ? 'pgboss' : 'reminders'
      const [row] = await sql<{ text: string | null }>(
        `SELECT string_agg(t::text, E'\\n') AS text FROM ${schema}."${name}" t`,
      )
      return row?.text ?? ''
    }),
  )
  return texts.join('\n')
}

/** The command without its printing; no line of it gives an address away. */
async function forget({ env }: Program, options: Parameters<typeof forgetFor>[0]) {
  const outcome = await forgetFor(options, env).catch((error) => {
    if (error instanceof UsageError) return { code: 2, results: error.lines }
    throw error
  })
  expect(outcome.results.join().replaceAll('such as ana@example.com', '')).not.toMatch(/[^*\s]@example/i)
  return outcome
}

/** The failed mails about ana's grant, as `retry` finds them. */
async function readFailed({ database }: Program) {
  const failed: FailedMailRecord[] = []
  for await (const page of failedMailPages(database.db, { grantId: 'cg_ana' })) failed.push(...page)
  return failed
}

describe('a person who was told, refused, suppressed for a time and reported on', async () => {
  const program = await openProgram({ rules: { policies: { purchased: { warnBefore: ['P7D', 'P3D', 'P1D'] } } } })
  afterAll(() => program[Symbol.asyncDispose]())
  const { sql, db } = program.database
  await insertCustomer(sql, 'ana')
  await insertCustomer(sql, 'bob')
  await program.runAt(AS_OF)
  program.sink.answer({
    stage: 'rcpt',
    to: 'ana@example.com',
    reply: '550 5.1.1 <Ana@Example.com>: no ana here',
    times: 1,
  })
  await program.runAt('2026-05-29T12:00:00Z')
  await liftEverything(db, [HASH])
  await sql(
    // One about a mail, and one about none that is known.
    `INSERT INTO reminders.reports (key, mail_id, address_hash, kind, diagnostic, source)
             (SELECT 'one', id, NULL, 'delayed', 'ana is full', 'mailbox' FROM reminders.mails WHERE address_hash = $1 LIMIT 1)
              UNION ALL SELECT 'two', NULL, $1, 'delayed', 'ana is full', 'mailbox'`,
    [HASH],
  )
  // The server's number for a mail that it took is kept, but for an address in it.
  await sql(
    `UPDATE reminders.attempts SET reply = '250 2.0.0 <ana@example.com> taken as 4F' WHERE outcome = 'sent'
        AND mail_id IN (SELECT id FROM reminders.mails WHERE address_hash = $1)`,
    [HASH],
  )
  const before = await ledgerText(program)
  const counts = await sql('SELECT state, count(*)::int FROM reminders.notices GROUP BY 1 ORDER BY 1')
  const result = await forget(program, { email: 'Ana@EXAMPLE.com', yes: true })

  test('is out of every table, and what was sent and failed is counted as before', async () => {
    expect(before).toMatch(/ana@example\.com/i)
    expect(before).toContain(HASH)
    expect(result).toEqual({
      code: 0,
      results: [
        'A***@EXAMPLE.com is forgotten (mails: 2, copies of mails: 1, reports: 2, entries that hold no more: 1)',
        'billing.contacts still has it (rows: 1): it is mailed, and kept, again when something of theirs expires; remove it there, or give --suppress',
      ],
    })
    const after = await ledgerText(program)
    expect(after).not.toMatch(/ana@example|no ana here|ana is full/i)
    expect(after).not.toContain(HASH)
    expect(after).toContain('250 2.0.0 <forgotten> taken as 4F')
    expect(await sql('SELECT state, count(*)::int FROM reminders.notices GROUP BY 1 ORDER BY 1')).toEqual(counts)
    expect(await sql(`SELECT 1 FROM reminders.mails WHERE to_address = 'bob@example.com'`)).toHaveLength(2)
    expect((await auditLedger(db, null)).findings).toEqual([])
  })

  test('is told nothing twice for it, and is "forgotten" to whoever asks', async () => {
    const { sweep } = await program.runAt('2026-05-29T12:00:00Z')
    expect(sweep.counts.emails).toBe(0)
    const { text, json } = await program.explain('cg_ana', '2026-05-29T13:00:00Z')
    expect(text).toContain('to forgotten')
    expect(JSON.stringify(json)).toContain('"to":"forgotten"')
    const proof = await prove({ grant: 'cg_ana', output: join(scratch, 'proof') }, program.env)
    expect(proof).toMatchObject({
      code: 0,
      notes: ['of 1 copy of mails only the hash is left: whom they went to was forgotten'],
    })
    expect((await readLedgerStatus(db)).lastSweep?.emails).toBe(0)
    expect((await readFailed(program)).map(({ to }) => maskAddress(to))).toEqual(['forgotten'])
  })

  test('is not brought back by what comes back late: a bounce, or a wish to hear no more', async () => {
    const [mail] = await sql<{ id: string }>(
      `SELECT id FROM reminders.mails WHERE contact_id = 'con_ana' AND state = 'sent'`,
    )
    const id = mail?.id ?? ''
    const report = {
      kind: 'failed',
      recipients: ['ana@example.com'],
      status: '5.1.1',
      diagnostic: 'no ana',
      isAboutUs: false,
    }
    const incoming = { identity: 'late', provenMailId: id, mailId: null, messageId: null, report }
    await takeInReports(db, 'mailbox', [incoming as unknown as Parameters<typeof takeInReports>[2][number]])
    expect(await findTarget(db, id)).toEqual({ contactId: 'con_ana', accountId: 'acc_ana', addressHash: null })
    expect(await ledgerText(program)).not.toContain(HASH)
  })

  test('is mailed, and forgotten again, where billing still has it; and then no more where it is suppressed too', async () => {
    await program.runAt('2026-05-31T12:00:00Z')
    expect(program.sink.mails.filter(({ envelope }) => envelope.to.includes('ana@example.com'))).toHaveLength(2)
    expect(await ledgerText(program)).toContain('ana@example.com')
    const again = await forget(program, { email: 'ana@example.com', suppress: true, yes: true })
    expect(again.results).toEqual([
      'a***@example.com is forgotten (mails: 1, copies of mails: 1, reports: 0, entries that hold no more: 0)',
      'kept as a hash, because without it mail would go there again (entries of the suppression list, or wishes: 1)',
      'billing.contacts still has it (rows: 1): no mail goes there',
    ])
    await program.runAt('2026-06-01T12:00:00Z')
    expect(await ledgerText(program)).not.toContain('ana@example.com')
  })
})

test('Nobody known is said so; what is given wrong is one line; at a terminal it asks. None of these changes anything without a yes', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF)
  const before = await ledgerText(program)
  expect(await forget(program, { email: 'eve@example.com', yes: true })).toEqual({
    code: 0,
    results: ['the ledger has nothing of e***@example.com: nothing is to be forgotten'],
  })
  const UNANSWERED = 'this cannot be undone and nobody is at a terminal to ask; give --yes'
  const WRONG = '--email is no mail address such as ana@example.com; nothing was done'
  expect(await forget(program, { email: 'ana@example.com' })).toEqual({ code: 2, results: [UNANSWERED] })
  for (const email of ['ana', '', ' ', 'Ana <ana@example.com>', 'forgotten']) {
    expect(await forget(program, { email, yes: true })).toEqual({ code: 2, results: [WRONG] })
  }
  const twice = ['forget', '--email', 'ana@example.com', '--email', 'bob@example.com', '--yes']
  expect(await runCli(twice, program.env)).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: 'one address is forgotten at a time; give --email once\n',
  })
  expect(await runCli(['forget', '--email', '-', '--yes'], program.env, 'ana@example.com\nbob@example.com\n')).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: 'stdin holds several lines, and one address is wanted; nothing was done\n',
  })
  // At a terminal, whose end of input (Ctrl-D) is no answer.
  const left = await atTerminal(program, '--email ana@example.com --suppress', '\u0004')
  expect(left).toMatchObject({ code: 1, said: expect.stringMatching(/\[y\/N\]\s+nothing was done\s*$/) })
  expect(left.said).toContain(
    'forget a***@example.com (mails: 1, reports: 0, entries of the suppression list, or wishes: 0), and keep all mail from it?',
  )
  expect(await atTerminal(program, '--email -', '')).toMatchObject({
    ...{
      code: 2,
      said: expect.stringContaining('stdin holds the address, and no answer can be read from it; give --yes'),
    },
  })
  expect(await ledgerText(program)).toBe(before)
  expect(await atTerminal(program, '--email ANA@example.com', 'y\n')).toMatchObject({
    code: 0,
    said: expect.stringContaining('is forgotten (mails: 1'),
  })
  expect(await ledgerText(program)).not.toContain('ana@example.com')
})

/** What is said to somebody at a terminal, who answers so when asked. */
async function atTerminal({ env }: Program, options: string, answer: string) {
  const command = `${process.execPath} ${join(packageFolder, 'bin/credit-reminders.js')} forget ${options}`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { ...env, PATH: process.env.PATH, TERM: 'dumb' },
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!said.includes('[y/N]') && (said + text).includes('[y/N]')) child.stdin.write(answer)
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

test('A mail that is being sent is left and said, and nobody is waited for; one that waits goes to the address that billing has, or to nobody', async () => {
  await using program = await openProgram({ rules: { maxEmailsPerSweep: 1 } })
  const { sql, db } = program.database
  await insertCustomer(sql, 'ana')
  await insertCustomer(sql, 'bob')
  const { sweep } = await program.runAt(AS_OF)
  await suppress(db, [{ addressHash: HASH, reason: 'manual', scope: 'warnings', source: 'test' }])
  await sql(
    `UPDATE reminders.mails SET state = 'sending', claimed_by = 'x:0', claimed_at = now() WHERE address_hash = $1`,
    [HASH],
  )
  expect(await forget(program, { email: 'ana@example.com', yes: true })).toMatchObject({
    code: 1,
    results: [
      expect.stringContaining('is forgotten (mails: 0'),
      expect.stringContaining('kept as a hash'),
      'left, because they are being sent just now (mails: 1): say it again in a minute',
      expect.stringContaining('billing.contacts still has it'),
    ],
  })
  await sql(`UPDATE reminders.mails SET state = 'held', claimed_by = NULL, claimed_at = NULL WHERE state = 'sending'`)
  // A batch takes its mails one after the other: whoever waits for one, and has another, would wait in a circle.
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT FROM reminders.mails WHERE address_hash = ${HASH} FOR NO KEY UPDATE`
    expect(await forgetAddress(db, { hash: HASH, isSuppressed: false })).toMatchObject({ mails: 0, inHand: 1 })
  })
  // Whoever writes a report, or an attempt, about it only wants it not to go.
  const ended = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT FROM reminders.mails WHERE address_hash = ${HASH} FOR KEY SHARE`
    return forgetAddress(db, { hash: HASH, isSuppressed: false })
  })
  expect(ended).toMatchObject({ mails: 1, inHand: 0 })
  await forget(program, { email: 'bob@example.com', yes: true })
  await program.approve(sweep.id)
  await program.runAt('2026-05-25T12:15:00Z')
  expect(program.sink.mails.map(({ envelope }) => envelope.to)).toEqual([['bob@example.com']])
  const mails = await sql('SELECT to_address AS to, state FROM reminders.mails ORDER BY to_address')
  expect(mails).toEqual([
    { to: 'bob@example.com', state: 'sent' },
    { to: 'forgotten', state: 'cancelled' },
  ])
})

test('Whoever forgets while two instances deliver loses no mail and sends none twice, and in the end nothing is left', async () => {
  await using program = await openProgram({ rules: { maxEmailsPerAddressPerDay: 1000 } })
  const { sql, db } = program.database
  const MAILS = 60
  await insertCustomer(sql, 'ana')
  for (let index = 1; index < MAILS; index++) {
    await insertCustomer(sql, `c${index}`, { contact: { email: 'ana@example.com' } })
  }
  await insertContact(sql, { id: 'con_bob', accountId: 'acc_ana', email: 'bob@example.com' })
  let isOver = false
  const forgetting = (async () => {
    while (!isOver) await forgetAddress(db, { hash: HASH, isSuppressed: false })
  })()
  await Promise.all([program.runAt(AS_OF), program.runAt('2026-05-25T12:00:01Z')])
  isOver = true
  await forgetting
  await forgetAddress(db, { hash: HASH, isSuppressed: false })
  expect(program.sink.mails).toHaveLength(MAILS + 1)
  expect(
    // Of different people, as far as the ledger knows: they share no limit.
    await sql(
      `SELECT state, to_address AS to, count(*)::int, count(DISTINCT address_hash)::int AS people
         FROM reminders.mails GROUP BY 1, 2 ORDER BY 2`,
    ),
  ).toEqual([
    { state: 'sent', to: 'bob@example.com', count: 1, people: 1 },
    { state: 'sent', to: 'forgotten', count: MAILS, people: MAILS },
  ])
  expect((await auditLedger(db, null)).findings).toEqual([])
})
