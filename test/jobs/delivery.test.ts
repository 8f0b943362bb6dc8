import { describe, expect, test } from 'vitest'
import { arrivalsAt, insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const NOW = '2026-05-25T12:00:00Z'

type MailState = Readonly<{ state: string; reason: string | null; attempts: number; uncertain: boolean; next: Date }>

async function stateOf({ database }: Program, name: string): Promise<MailState> {
  const [row] = await database.sql<MailState>(
    `SELECT state, reason, attempts, uncertain, next_attempt_at AS next FROM reminders.mails
      WHERE contact_id = $1 ORDER BY id DESC LIMIT 1`,
    [`con_${name}`],
  )
  if (row === undefined) throw new Error(`no mail to ${name}`)
  return row
}

/** Every try of the mails to a contact: `deferred rcpt 450`. */
async function attemptsOf({ database }: Program, name: string): Promise<readonly string[]> {
  const rows = await database.sql<{ said: string }>(
    `SELECT concat_ws(' ', a.outcome, a.stage, a.reply_code, a.enhanced_code) AS said
       FROM reminders.attempts a JOIN reminders.mails m ON m.id = a.mail_id WHERE m.contact_id = $1 ORDER BY a.id`,
    [`con_${name}`],
  )
  return rows.map(({ said }) => said)
}

async function openWith(names: readonly string[], rules: object = {}): Promise<Program> {
  const program = await openProgram({ rules })
  for (const name of names) await insertCustomer(program.database.sql, name)
  return program
}

const minutesBetween = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 60_000

describe.concurrent('a reply of the mail server', () => {
  test.each([
    ['450 4.2.1 try again later', 'rcpt', 'queued', null, 'deferred rcpt 450 4.2.1'],
    ['421 4.3.2 closing', 'rcpt', 'queued', null, 'deferred mail 421 4.3.2'],
    ['452 4.3.1 insufficient storage', 'data', 'queued', null, 'deferred data 452 4.3.1'],
    ['451 4.3.0 local error', 'final', 'queued', null, 'deferred final 451 4.3.0'],
    ['552 5.2.2 mailbox full', 'rcpt', 'queued', null, 'deferred rcpt 552 5.2.2'],
    ['550 5.1.1 no such user', 'rcpt', 'failed', 'recipient-refused', 'failed rcpt 550 5.1.1'],
    ['552 5.3.4 message too big', 'final', 'failed', 'mail-refused', 'failed final 552 5.3.4'],
    ['554 5.6.0 content refused', 'final', 'failed', 'mail-refused', 'failed final 554 5.6.0'],
  ] as const)('%s at %s concerns that mail alone', async (reply, stage, state, reason, attempt) => {
    await using program = await openWith(['ana', 'bob'])
    program.sink.answer({ stage, reply, to: 'ana@example.com' })
    const { delivered, closure } = await program.runAt(NOW)
    const [deferred, failed] = state === 'queued' ? [1, 0] : [0, 1]
    expect(delivered).toEqual({ sent: 1, deferred, failed, cancelled: 0, uncertain: 0 })
    expect(closure).toBeNull()
    expect(await stateOf(program, 'ana')).toMatchObject({ state, reason, attempts: 1, uncertain: false })
    expect(await attemptsOf(program, 'ana')).toEqual([attempt])
    expect(program.sink.mails.map(({ envelope }) => envelope.to)).toEqual([['bob@example.com']])
  })

  test('A deferred mail is tried again after growing delays, not before, until it would come too late', async () => {
    await using program = await openWith(['ana'])
    program.sink.answer({ stage: 'rcpt', reply: '450 4.2.1 greylisted' })
    let now = new Date(NOW)
    const delays: number[] = []
    for (;;) {
      await program.runAt(now.toISOString())
      const { state, next, attempts } = await stateOf(program, 'ana')
      if (state !== 'queued') break
      delays.push(Math.round(minutesBetween(now, next)))
      expect(attempts).toBe(delays.length)
      const early = await program.runAt(new Date(next.getTime() - 1).toISOString())
      expect(early).toMatchObject({ sweep: { dispatched: 0 }, delivered: { deferred: 0 } })
      expect((await program.dryRunAt(new Date(next.getTime() - 1).toISOString())).emails).toEqual([])
      // Later the delays all have one length: a day before the end, the rest is waited out.
      if (delays.length === 9) break
      now = next
    }
    // Five minutes, doubled up to six hours, a fifth more or less; never under five minutes, as greylisting wants.
    for (const [index, nominal] of [5, 10, 20, 40, 80, 160, 320, 360, 360].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(Math.max(5, Math.floor(nominal * 0.8)))
      expect(delays[index]).toBeLessThanOrEqual(Math.ceil(nominal * 1.2))
    }
    // The P1D warning takes the place of the P7D one that could never be delivered; and is given up in its turn.
    await program.runAt('2026-05-31T12:00:00Z')
    const [first] = await program.database.sql(`SELECT state, reason FROM reminders.mails ORDER BY id LIMIT 1`)
    expect(first).toEqual({ state: 'cancelled', reason: 'superseded' })
    const { delivered } = await program.runAt('2026-06-01T11:56:00Z')
    // Somebody was not told by it, which a person should know of.
    expect(delivered).toMatchObject({ failed: 1, cancelled: 0 })
    expect(await stateOf(program, 'ana')).toMatchObject({ state: 'cancelled', reason: 'too-late', attempts: 2 })
    expect(program.sink.mails).toEqual([])
  })

  test('A deferred mail goes out with the retry, once, under its own Message-ID and with the words of that day', async () => {
    await using program = await openWith(['ana'])
    program.sink.answer({ stage: 'final', reply: '451 4.3.0 later', times: 1 })
    await program.runAt(NOW)
    const foreseen = await program.dryRunAt('2026-05-27T12:00:00Z')
    expect(await program.runAt('2026-05-27T12:00:00Z')).toMatchObject({ delivered: { sent: 1 } })
    expect(foreseen.emails).toEqual(await program.ledgerMails('sent'))
    expect(await attemptsOf(program, 'ana')).toEqual(['deferred final 451 4.3.0', 'sent final 250'])
    const [arrival, ...more] = await arrivalsAt(program.sink)
    expect(more).toEqual([])
    expect(arrival?.lines).toEqual([expect.stringContaining('5 days left')])
    const [{ id } = {}] = await program.database.sql(`SELECT message_id AS id FROM reminders.mails`)
    expect(arrival?.messageId).toBe(id)
  })

  test('An address that is refused for good gets no later mail, in whatever account it stands', async () => {
    await using program = await openWith(['ana', 'bob'])
    const { sql } = program.database
    await insertCustomer(sql, 'twin', {
      contact: { email: 'ANA@Example.com' },
      grant: { expiresAt: '2026-06-15T12:00:00Z' },
    })
    program.sink.answer({ stage: 'rcpt', reply: '550 5.1.1 no such user', to: 'ana@example.com' })
    await program.runAt('2026-04-10T12:00:00Z')
    expect(await sql(`SELECT reason FROM reminders.suppressions`)).toEqual([{ reason: 'recipient-refused' }])
    await program.runAt(NOW)
    expect(await program.decisions()).toEqual({ cg_ana: 'suppressed', cg_twin: 'suppressed' })
    expect(program.sink.mails.flatMap(({ envelope }) => envelope.to)).toEqual(['bob@example.com', 'bob@example.com'])
  })
})

test('An address is given up where it is the address that is refused for good, and nowhere else', async () => {
  const given: Readonly<Record<string, readonly [stage: 'rcpt' | 'final', reply: string, reason: string | null]>> = {
    unknown: ['rcpt', '550 5.1.1 no such user', 'recipient-refused'],
    plain: ['rcpt', '550 no such user', 'recipient-refused'],
    null_mx: ['rcpt', '556 5.1.10 takes no mail', 'recipient-refused'],
    moved: ['rcpt', '551 not local', 'recipient-refused'],
    misspelt: ['rcpt', '553 not a name here', 'recipient-refused'],
    told_late: ['final', '550 5.1.1 no such user', 'recipient-refused'],
    full: ['rcpt', '552 5.2.2 mailbox full', null],
    full_late: ['final', '554 5.2.2 mailbox full', null],
    busy: ['rcpt', '450 4.2.1 too many mails', null],
    small: ['rcpt', '552 5.3.4 too big', 'mail-refused'],
    down: ['rcpt', '550 5.3.0 system trouble', 'mail-refused'],
    ascii: ['rcpt', '553 5.6.7 no such alphabet', 'address-unsupported'],
    strict: ['final', '550 5.7.1 not wanted', null],
    content: ['final', '554 5.6.0 content refused', 'mail-refused'],
  }
  await using program = await openWith(['ana', ...Object.keys(given), 'bob'])
  for (const [name, [stage, reply]] of Object.entries(given)) {
    program.sink.answer({ stage, reply, to: `${name}@example.com` })
  }
  expect(await program.runAt(NOW)).toMatchObject({ closure: null, delivered: { sent: 2 } })
  for (const [name, [, , reason]] of Object.entries(given)) {
    const state = reason === null ? 'queued' : 'failed'
    expect([name, await stateOf(program, name)]).toMatchObject([name, { state, reason, attempts: 1 }])
  }
  const suppressed = await program.database.sql<{ to: string }>(
    `SELECT m.to_address AS to FROM reminders.suppressions s JOIN reminders.mails m USING (address_hash) ORDER BY 1`,
  )
  const givenUp = Object.entries(given).filter(([, [, , reason]]) => reason === 'recipient-refused')
  expect(suppressed.map(({ to }) => to)).toEqual(givenUp.map(([name]) => `${name}@example.com`).toSorted())
})

describe.concurrent('an address in another alphabet', () => {
  const inJapanese = { contact: { email: '渡邉@example.com' } }

  test('Where the mail server takes none, only its mail fails, and the address is not given up', async () => {
    await using program = await openProgram({ sink: { server: { hideSMTPUTF8: true } } })
    await insertCustomer(program.database.sql, 'wata', inJapanese)
    await insertCustomer(program.database.sql, 'bob')
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { sent: 1, failed: 1 } })
    expect(await stateOf(program, 'wata')).toMatchObject({ state: 'failed', reason: 'address-unsupported' })
    expect(await program.database.sql('SELECT 1 FROM reminders.suppressions')).toEqual([])
  })

  test('Where the mail server is down, its mail waits like any other, and goes out', async () => {
    await using program = await openProgram()
    await insertCustomer(program.database.sql, 'wata', inJapanese)
    const down = await program.runAt(NOW, { env: { SMTP_URL: 'smtp://127.0.0.1:1' } })
    expect(down).toMatchObject({ unfinished: 1, delivered: { failed: 0 }, closure: { reason: 'unreachable' } })
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { sent: 1 } })
    expect((await arrivalsAt(program.sink)).map(({ to }) => to)).toEqual(['渡邉@example.com'])
  })
})
