import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { notesOf, runCli } from '../support/cli.ts'
import { type Company, foundCompany, insertDueCrowd } from '../support/company.ts'

const instant = z.iso.datetime()
const count = z.int().nonnegative()

/** The document of `docs/json.md`, with nothing else in it. */
const statusSchema = z.strictObject({
  now: instant,
  alarms: z.array(z.strictObject({ name: z.string(), detail: z.string() })),
  sweeps: z.strictObject({
    last: z
      .strictObject({
        id: z.string(),
        asOf: instant,
        state: z.enum(['planned', 'held', 'approved', 'discarded']),
        examined: count,
        emails: count,
        skipped: z.record(z.string(), count),
        startedAt: instant,
        finishedAt: instant,
      })
      .nullable(),
    next: instant.nullable(),
    held: z.array(
      z.strictObject({ id: z.string(), asOf: instant, emails: count, heldBecause: z.string(), heldAt: instant }),
    ),
  }),
  lastDay: z.strictObject({ sweeps: count, examined: count, planned: count, sent: count }),
  mails: z.strictObject({
    due: count,
    later: count,
    inHand: count,
    uncertain: count,
    oldestDueSince: instant.nullable(),
  }),
  failures: z.array(z.strictObject({ reason: z.string(), lastDay: count, open: count })),
  suppressions: z.array(z.strictObject({ reason: z.string(), scope: z.enum(['all', 'warnings']), addresses: count })),
  clearing: z
    .strictObject({
      finishedAt: instant,
      removedBefore: instant.nullable(),
      copies: count,
      mails: count,
      decisions: count,
      sweeps: count,
    })
    .nullable(),
})

async function statusOf(company: Company, env = {}) {
  const [text, json] = await Promise.all([
    runCli(['status'], { ...company.env, ...env }),
    runCli(['status', '--format', 'json'], { ...company.env, ...env }),
  ])
  expect([json.code, json.stderr]).toEqual([text.code, text.stderr])
  expect(text.stdout).not.toMatch(/[^*]@example|\S +$/m)
  return {
    code: text.code,
    stderr: text.stderr,
    text: text.stdout.replace(/ {2,}/g, '  '),
    json: statusSchema.parse(JSON.parse(json.stdout)),
  }
}

describe.concurrent('status', () => {
  test('When nothing has run yet, it says so, and nothing needs a person', async () => {
    await using company = await foundCompany({ rules: { schedule: '0 0 1 1 *' } })
    const { code, text, json } = await statusOf(company)
    expect(code).toBe(0)
    expect(text).toMatch(/^As of \S+Z, by the database's clock: nothing needs a person\.\n/)
    expect(text).toMatch(/^ *last {2}none yet\n *next {2}\d{4}-01-01T00:00:00\.000Z, by the schedule\n/m)
    expect(json).toMatchObject({ alarms: [], sweeps: { last: null, held: [] }, failures: [], suppressions: [] })
    expect(text).not.toMatch(/Failed|Suppressed/)
  })

  test('When mails were sent, failed and wait, it counts them, ends with 1, and says what mends them', async () => {
    await using company = await foundCompany({ rules: { schedule: '*/5 * * * *', onUncertain: 'hold' } })
    const { sink, env } = company
    await insertDueCrowd(company, 5)
    sink.answer({ stage: 'rcpt', to: 'many1@example.com', reply: '550 5.1.1 no such user' })
    sink.answer({ stage: 'rcpt', to: 'many2@example.com', reply: '450 4.2.1 later' })
    sink.answer({ stage: 'final', to: 'many3@example.com', reply: 'close' })
    await company.database.sql(
      `UPDATE billing.contacts SET receives_billing_email = false WHERE email = 'many4@example.com'`,
    )
    await runCli(['suppress', 'add', 'ana@example.com', '--scope', 'warnings'], env)
    expect((await runCli(['run'], env)).code).toBe(1)

    const { code, text, json } = await statusOf(company)
    expect(code).toBe(1)
    expect(json).toMatchObject({
      alarms: [{ name: 'mails-failed' }, { name: 'mails-uncertain' }],
      sweeps: { last: { state: 'planned', examined: 5, emails: 4, skipped: { 'no-billing-contact': 1 } } },
      lastDay: { sweeps: 1, examined: 5, planned: 4, sent: 1 },
      mails: { due: 0, later: 1, inHand: 0, uncertain: 0, oldestDueSince: null },
      failures: [
        { reason: 'recipient-refused', lastDay: 1, open: 1 },
        { reason: 'uncertain', lastDay: 1, open: 1 },
      ],
      suppressions: [
        { reason: 'manual', scope: 'warnings', addresses: 1 },
        { reason: 'recipient-refused', scope: 'all', addresses: 1 },
      ],
    })
    expect(text).toContain(': needs a person: 2\n')
    expect(text).toMatch(/^ *mails-failed {2}mails failed in 24 hours: 1; below$/m)
    expect(text).toMatch(/^ *last {2}run-\S+, done less than a minute ago: 4 mails of 5 grants$/m)
    expect(text).toMatch(/^ *for a later try {2}1$/m)
    expect(text).toMatch(/^ *sent in 24 hours {2}1$/m)
    expect(text).toMatch(
      /^ *recipient-refused {2}1 in 24 hours, 1 still in time {2}correct the address .*"retry --reason recipient-refused"$/m,
    )
    expect(text).toMatch(/^ *no-billing-contact {2}1$/m)
    expect(text).toMatch(/^ *manual {2}1, kept from warnings$/m)
  })

  test('When a sweep is held and mails wait for hours, each is an alarm; what is approved waits from then on', async () => {
    await using company = await foundCompany({ rules: { schedule: '0 0 1 1 *', maxEmailsPerSweep: 1 } })
    const { env, database } = company
    await insertDueCrowd(company, 2)
    await runCli(['run'], env)
    await database.sql(`UPDATE reminders.mails SET next_attempt_at = now() - interval '3 days'`)
    const held = await statusOf(company)
    expect(held).toMatchObject({ code: 1, json: { alarms: [{ name: 'sweep-held' }], mails: { due: 0 } } })
    const [{ id = '' } = {}] = held.json.sweeps.held
    expect(held.text).toContain(`${id}, for less than a minute: 2 mails planned, more than maxEmailsPerSweep (1)`)

    await runCli(['approve', id], env)
    expect(await statusOf(company)).toMatchObject({ code: 0, json: { alarms: [], mails: { due: 2 } } })
    await database.sql(`UPDATE reminders.sweeps SET decided_at = now() - interval '150 minutes'`)
    const late = await statusOf(company)
    expect(late).toMatchObject({ code: 1, json: { alarms: [{ name: 'notice-overdue' }] } })
    expect(late.text).toMatch(/^ *due {2}2, the first of them for 2 hours$/m)
  })

  test('When the rules cannot be read, it says what is wrong with them, and how things stand all the same', async () => {
    await using company = await foundCompany()
    await insertDueCrowd(company, 1)
    expect(notesOf(await runCli(['run'], company.env))).toBe('')
    const { code, stderr, json, text } = await statusOf(company, { CREDIT_REMINDERS_CONFIG: '/nowhere.yaml' })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^the rules cannot be read \(.*\/nowhere\.yaml.*\): alarms go by the defaults, and no slot is known\n$/,
    )
    expect(json).toMatchObject({ sweeps: { next: null }, lastDay: { sent: 1 } })
    expect(text).toMatch(/^ *next {2}not known$/m)
  })
})
