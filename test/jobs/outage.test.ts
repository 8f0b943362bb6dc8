import { describe, expect, test } from 'vitest'
import { insertCrowd } from '../support/billing.ts'
import { arrivalsAt, EXPIRY, insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'
import type { SinkRule } from '../support/smtp-sink.ts'

const NOW = '2026-05-25T12:00:00Z'
const LATER = '2026-05-30T12:00:00Z'
/** More than one group of a batch, so that some mails were in hand and some were not. */
const MANY = 60
/** Nothing listens on port 1. */
const NOBODY = { SMTP_URL: 'smtp://127.0.0.1:1' }

async function openWithCrowd(): Promise<Program> {
  const program = await openProgram()
  const expiry = new Date(EXPIRY)
  await insertCrowd(program.database.sql, { count: MANY, expiresFrom: expiry, expiresTo: expiry })
  return program
}

const statesOf = ({ database }: Program) =>
  database.sql(
    `SELECT state, uncertain, attempts, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2, 3 ORDER BY 1`,
  )

const recipientsOf = ({ sink }: Program) => sink.mails.flatMap(({ envelope }) => envelope.to)

describe.concurrent('what stands between us and every mail', () => {
  const refusals: readonly [what: string, rule: SinkRule, reason: string, stage: string][] = [
    ['wrong credentials', { stage: 'auth', reply: '535 5.7.8 no' }, 'service-refused', 'auth'],
    ['a sender that is not allowed', { stage: 'mail', reply: '550 5.7.1 not you' }, 'service-refused', 'mail'],
    ['a quota', { stage: 'mail', reply: '550 5.4.5 daily quota exceeded' }, 'service-refused', 'mail'],
    ['a quota told after the message', { stage: 'final', reply: '550 5.4.5 quota' }, 'service-refused', 'final'],
    ['a server that turns away all', { stage: 'connect', reply: '554 5.3.2 no service' }, 'service-refused', 'connect'],
    ['a server that is busy', { stage: 'connect', reply: '421 4.3.2 busy' }, 'unreachable', 'connect'],
    ['a log-in that is asked for', { stage: 'mail', reply: '530 5.7.0 log in first' }, 'service-refused', 'mail'],
    ['TLS that is asked for', { stage: 'mail', reply: '538 5.7.11 encrypt first' }, 'service-refused', 'mail'],
    ['a server that takes no mail of ours', { stage: 'mail', reply: '554 no' }, 'service-refused', 'mail'],
    [
      'a sender whose domain is unknown',
      { stage: 'rcpt', reply: '550 5.1.8 no such domain' },
      'service-refused',
      'rcpt',
    ],
    ['a sender that fails DMARC', { stage: 'final', reply: '550 5.7.26 unauthenticated' }, 'service-refused', 'final'],
    ['an account that is barred', { stage: 'final', reply: '550 5.7.705 threshold' }, 'service-refused', 'final'],
    ['a login that is down', { stage: 'auth', reply: '454 4.7.0 try later' }, 'unreachable', 'auth'],
  ]
  test.each(refusals)(
    '%s stops delivery, costs no mail an attempt, and is over when it is over',
    async (...refusal) => {
      const [_what, rule, reason, stage] = refusal
      await using program = await openWithCrowd()
      const answerAgain = program.sink.answer(rule)
      const run = await program.runAt(NOW)
      expect(run.closure).toEqual({ reason, detail: expect.stringContaining(rule.reply.slice(0, 3)) })
      expect(run).toMatchObject({ unfinished: MANY, delivered: { sent: 0, failed: 0, cancelled: 0, uncertain: 0 } })
      expect(await statesOf(program)).toEqual([{ state: 'queued', uncertain: false, attempts: 0, mails: MANY }])
      const tries = await program.database.sql(
        `SELECT DISTINCT outcome, stage, number FROM reminders.attempts WHERE reply <> 'ECONNECTION'`,
      )
      expect(tries).toEqual([{ outcome: 'refused-us', stage, number: 0 }])
      expect(await program.database.sql('SELECT 1 FROM reminders.suppressions')).toEqual([])

      answerAgain()
      const foreseen = await program.dryRunAt(LATER)
      expect(await program.runAt(LATER)).toMatchObject({ closure: null, unfinished: 0, delivered: { sent: MANY } })
      expect(new Set(recipientsOf(program)).size).toBe(MANY)
      expect(program.sink.mails).toHaveLength(MANY)
      // The words are of the day on which they go out, whenever they were planned.
      const days = (await arrivalsAt(program.sink)).map(({ lines }) => /\d days left/.exec(lines.join())?.[0])
      expect(new Set(days)).toEqual(new Set(['2 days left']))
      expect(foreseen.emails).toHaveLength(MANY)
    },
  )

  test.each([
    ['after the message', { stage: 'final', reply: '454 Throttling failure: Maximum sending rate exceeded.' }],
    ['at a recipient', { stage: 'rcpt', reply: '451 4.7.500 Server busy. Please try again later' }],
    ['at the greeting', { stage: 'connect', reply: '421 4.7.0 [TSS04] Messages temporarily deferred' }],
    ['at the sender', { stage: 'mail', reply: '450 4.7.1 Error: too much mail' }],
  ] as const)('A server that says %s that it is sent too much gets everything more slowly', async (_when, rule) => {
    await using program = await openWithCrowd()
    program.sink.answer({ ...rule, times: 1, after: rule.stage === 'connect' ? 0 : 10 })
    const run = await program.runAt(NOW)
    // Before a recipient, the server knew of no mail yet.
    const deferred = ['connect', 'mail'].includes(rule.stage) ? 0 : 1
    expect(run).toMatchObject({
      closure: null,
      unfinished: 0,
      delivered: { sent: MANY - deferred, deferred, failed: 0 },
    })
    expect(await program.runAt(LATER)).toMatchObject({ closure: null, delivered: { sent: deferred, failed: 0 } })
    expect(new Set(recipientsOf(program)).size).toBe(MANY)
    expect(program.sink.mails).toHaveLength(MANY)
  })

  test.each([
    ['at a recipient', { stage: 'rcpt', reply: '550 5.7.1 relaying denied' }],
    ['after the message', { stage: 'final', reply: '554 5.7.1 spam' }],
    [
      'without a code, of a sender that is not verified',
      { stage: 'final', reply: '554 Message rejected: not verified' },
    ],
    ['of a relay that is denied', { stage: 'rcpt', reply: '454 4.7.1 Relay access denied' }],
    ['of what the server does not understand', { stage: 'rcpt', reply: '503 5.5.1 need MAIL' }],
  ] as const)(
    'A policy told %s may mean the mail or us: three in a row mean us, and stop delivery',
    async (_how, rule) => {
      await using program = await openWithCrowd()
      const answerAgain = program.sink.answer(rule)
      const run = await program.runAt(NOW)
      expect(run.closure).toEqual({ reason: 'service-refused', detail: expect.stringContaining(rule.reply) })
      expect(run).toMatchObject({ unfinished: MANY - 3, delivered: { sent: 0, deferred: 3, failed: 0 } })
      answerAgain()
      expect(await program.runAt(LATER)).toMatchObject({ closure: null, unfinished: 0, delivered: { sent: MANY } })
      expect(program.sink.mails).toHaveLength(MANY)
    },
  )

  test('A server that takes mails and never says so stops delivery after three: not everybody is told twice', async () => {
    await using program = await openWithCrowd()
    const answerAgain = program.sink.answer({ stage: 'final', reply: 'lost' })
    const run = await program.runAt(NOW)
    expect(run).toMatchObject({ closure: { reason: 'unreachable' }, delivered: { sent: 0, uncertain: 3, failed: 0 } })
    expect(await statesOf(program)).toEqual(
      expect.arrayContaining([
        { state: 'queued', uncertain: true, attempts: 1, mails: 3 },
        { state: 'queued', uncertain: false, attempts: 0, mails: MANY - 3 },
      ]),
    )
    answerAgain()
    expect(await program.runAt(NOW)).toMatchObject({ closure: null, unfinished: 0, delivered: { sent: MANY } })
    expect(program.sink.mails).toHaveLength(MANY + 3)
  })

  test('A policy that one recipient has is no reason to let the others wait', async () => {
    await using program = await openWithCrowd()
    const denied = ['many1@example.com', 'many20@example.com', 'many40@example.com', 'many60@example.com']
    for (const to of denied) program.sink.answer({ stage: 'rcpt', reply: '550 5.7.1 access denied', to })
    expect(await program.runAt(NOW)).toMatchObject({
      closure: null,
      delivered: { sent: MANY - denied.length, deferred: denied.length, failed: 0 },
    })
    expect(await program.database.sql('SELECT 1 FROM reminders.suppressions')).toEqual([])
  })

  test('A wrong password is tried once, not by every mail', async () => {
    await using program = await openWithCrowd()
    program.sink.answer({ stage: 'auth', reply: '535 5.7.8 no' })
    await program.runAt(NOW)
    expect(program.sink.connections.total()).toBe(1)
  })

  test('Nobody at the other end: the mails wait, and go out with the next run, each once', async () => {
    await using program = await openWithCrowd()
    const down = await program.runAt(NOW, { env: NOBODY })
    expect(down.closure).toEqual({ reason: 'unreachable', detail: expect.stringContaining('ECONNREFUSED') })
    expect(down.unfinished).toBe(MANY)
    expect(await statesOf(program)).toEqual([{ state: 'queued', uncertain: false, attempts: 0, mails: MANY }])
    await program.runAt(NOW)
    await program.runAt(NOW)
    expect(recipientsOf(program).toSorted()).toEqual([...new Set(recipientsOf(program))].toSorted())
    expect(program.sink.mails).toHaveLength(MANY)
  })

  test('Credits that expired during an outage get no warning after it, but the final notice', async () => {
    await using program = await openWithCrowd()
    await program.runAt(NOW, { env: NOBODY })
    await program.runAt('2026-06-02T12:00:00Z')
    const mails = await program.database.sql(
      `SELECT category, state, reason, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2, 3 ORDER BY 1`,
    )
    expect(mails).toEqual([
      { category: 'expired', state: 'sent', reason: null, mails: MANY },
      { category: 'warning', state: 'cancelled', reason: 'expired-meanwhile', mails: MANY },
    ])
    const arrivals = await arrivalsAt(program.sink)
    expect(new Set(arrivals.map(({ subject }) => subject))).toEqual(
      new Set(['$18.00 in credits expired on Jun 1, 2026']),
    )
  })
})

describe.concurrent('a line that breaks', () => {
  test.each(['connect', 'mail', 'rcpt', 'data'] as const)(
    'Before the message was handed over (%s), it goes out later, once',
    async (stage) => {
      await using program = await openProgram()
      await insertCustomer(program.database.sql, 'ana')
      program.sink.answer({ stage, reply: 'close', times: stage === 'connect' ? 6 : 1 })
      await program.runAt(NOW)
      expect(program.sink.mails).toEqual([])
      expect(await statesOf(program)).toMatchObject([{ state: 'queued', uncertain: false }])
      expect(await program.runAt(LATER)).toMatchObject({ delivered: { sent: 1 } })
      expect(program.sink.mails).toHaveLength(1)
    },
  )

  test('After the last dot the mail may have arrived: it goes out once more, under the same Message-ID', async () => {
    await using program = await openProgram()
    await insertCustomer(program.database.sql, 'ana')
    await insertCustomer(program.database.sql, 'bob')
    const once = { to: 'ana@example.com', times: 1 }
    program.sink.answer({ stage: 'final', reply: 'close', ...once })
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { sent: 2, uncertain: 1 }, unfinished: 0 })
    expect(await statesOf(program)).toEqual([
      { state: 'sent', uncertain: false, attempts: 1, mails: 1 },
      { state: 'sent', uncertain: true, attempts: 2, mails: 1 },
    ])
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { sent: 0 }, unfinished: 0 })
    const arrived = (await arrivalsAt(program.sink)).filter(({ to }) => to === 'ana@example.com')
    const ids = await program.database.sql(`SELECT message_id AS id FROM reminders.mails WHERE contact_id = 'con_ana'`)
    expect(arrived.map(({ messageId }) => ({ id: messageId }))).toEqual(ids)
    const tries = await program.database.sql(
      `SELECT outcome, number FROM reminders.attempts JOIN reminders.mails m ON m.id = mail_id
        WHERE contact_id = 'con_ana' ORDER BY attempts.id`,
    )
    expect(tries).toEqual([
      { outcome: 'uncertain', number: 1 },
      { outcome: 'sent', number: 2 },
    ])
  })

  test('Twice in doubt is for a person: there is no third time', async () => {
    await using program = await openProgram()
    await insertCustomer(program.database.sql, 'ana')
    program.sink.answer({ stage: 'final', reply: 'close' })
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { failed: 1, uncertain: 1 } })
    expect(await program.runAt(NOW)).toMatchObject({ sweep: { counts: { skipped: { 'delivery-failed': 1 } } } })
    expect(await statesOf(program)).toMatchObject([{ state: 'failed', attempts: 2 }])
  })

  test('Where the rules say hold, it is not even sent a second time', async () => {
    await using program = await openProgram({ rules: { onUncertain: 'hold' } })
    await insertCustomer(program.database.sql, 'ana')
    program.sink.answer({ stage: 'final', reply: 'close', times: 1 })
    expect(await program.runAt(NOW)).toMatchObject({ delivered: { failed: 1, uncertain: 0 } })
    await program.runAt(NOW)
    expect(await statesOf(program)).toMatchObject([{ state: 'failed', attempts: 1 }])
    expect(program.sink.mails).toEqual([])
  })
})
