import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bounceMail } from '../support/bounce-mail.ts'
import { type CliResult, runCli } from '../support/cli.ts'
import { type Company, foundCompany, insertDueCrowd, SECRETS } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { startHttpSink } from '../support/http-sink.ts'
import { IMAP_PASSWORD, startImapServer } from '../support/imap-server.ts'
import { type Service, startService } from '../support/service.ts'
import { formPost, ONE_CLICK, tokenTo } from '../support/unsubscribe-pages.ts'

const WEBHOOK_SECRET = 'a-webhook-secret-of-the-tests'
const HEARTBEAT_TOKEN = 'a-heartbeat-token-of-the-tests'

/** One for each thing that can come of a mail. No word of the program holds what stands before the `@`. */
const READERS = {
  sent: "O'Hara+Tag@example.com",
  refused: 'qwert.refused@example.com',
  deferred: 'qwert.later@example.com',
  doubtful: 'qwert.doubt@example.com',
  unwanted: 'qwert.policy@example.com',
  bouncing: 'qwert.bounce@example.com',
  leaving: 'qwert.click@example.com',
  foreign: 'qwert.zoë@exämple.com',
} as const
type Reader = keyof typeof READERS
const NAMES = Object.keys(READERS) as Reader[]
const HELD = 12
/** Each stands in settings, links or mails of this life. */
const UNSPEAKABLE = ['qwert', "o'hara", 'exämple', 'xn--exmple', WEBHOOK_SECRET, HEARTBEAT_TOKEN, '/unsubscribe/']

type Line = Readonly<Record<string, unknown>>

let company: Company
let results: readonly CliResult[]
let lines: readonly Line[]
let tokens: readonly string[]

const sql = <Row extends object>(text: string, values?: unknown[]) => company.database.sql<Row>(text, values)
const fateOf = async (reader: Reader) => {
  const contact = `many_con_${NAMES.indexOf(reader) + 1}`
  const [mail] = await sql<{ id: string; state: string; attempts: number; sweep: string }>(
    'SELECT id, state, attempts, sweep_id AS sweep FROM reminders.mails WHERE contact_id = $1',
    [contact],
  )
  return mail
}
const settles = (reader: Reader, fate: object) =>
  eventually(async () => expect(await fateOf(reader)).toMatchObject(fate))

/** Lets the next statements of a place fail, one for each code, with words that quote somebody, as PostgreSQL does. */
async function failQuoting(place: string, name: string, codes: string): Promise<void> {
  await sql(`
    CREATE SEQUENCE ${name};
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE code text := ('{${codes}}'::text[])[nextval('${name}')]; BEGIN
      IF code IS NULL THEN RETURN NULL; END IF;
      RAISE EXCEPTION USING ERRCODE = code,
        MESSAGE = 'duplicate key: Key (to_address)=(${READERS.refused}) already exists',
        DETAIL = 'Failing row contains (1, ${READERS.foreign}, "${READERS.deferred}").';
    END $$;
    CREATE TRIGGER ${name} ${place} FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`)
}

function answerAll(): void {
  const { sink } = company
  sink.answer({ stage: 'rcpt', reply: `550 5.1.1 <${READERS.refused}>: no such user`, to: READERS.refused })
  sink.answer({ stage: 'rcpt', reply: `450 4.2.1 ${READERS.deferred} is greylisted`, to: READERS.deferred })
  sink.answer({ stage: 'final', reply: 'lost', to: READERS.doubtful, times: 1 })
  sink.answer({ stage: 'final', reply: `554 5.6.0 for user ${READERS.unwanted}: no`, to: READERS.unwanted })
}

async function reportBounce(url: string): Promise<void> {
  const mail = await fateOf('bouncing')
  const event = { id: 'a1', type: 'bounce', status: '5.1.1', mail: mail?.id, recipient: READERS.bouncing }
  const at = Math.floor(Date.now() / 1000)
  const body = JSON.stringify({ events: [{ ...event, diagnostic: `550 <${READERS.bouncing}> unknown` }] })
  const mac = createHmac('sha256', WEBHOOK_SECRET).update(`${at}.${body}`).digest('hex')
  const headers = { 'X-Timestamp': `${at}`, 'X-Signature': `sha256=${mac}` }
  expect((await fetch(`${url}/webhooks/bounces`, { method: 'POST', body, headers })).status).toBe(200)
}

async function unsubscribe(url: string): Promise<void> {
  const token = tokenTo(company.sink, READERS.leaving)
  tokens = [token, tokenTo(company.sink, READERS.sent)]
  const asks = [{}, ONE_CLICK, formPost({ action: 'undo' }), formPost({ action: 'stop', scope: 'account' })]
  for (const ask of asks) await fetch(`${url}/unsubscribe/${token}`, ask)
  expect((await fetch(`${url}/unsubscribe/${token}x`)).status).toBe(404)
}

/** A sweep that is held, and of whose mails one is spent and one suppressed before a person lets it go. */
async function holdAndApprove(env: Readonly<Record<string, string>>): Promise<readonly CliResult[]> {
  await insertDueCrowd(company, HELD, 'qwert_')
  const heldSweep = () => sql<{ id: string }>(`SELECT id FROM reminders.sweeps WHERE state = 'held'`)
  await eventually(async () => expect(await heldSweep()).toHaveLength(1))
  await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'qwert__cg_1'`)
  const [held] = await heldSweep()
  return [
    await runCli(['suppress', 'add', 'qwert_2@example.com', '--note', 'said qwert.who@example.com'], env),
    await runCli(['approve', held?.id ?? ''], env),
  ]
}

async function live(service: Service, env: Readonly<Record<string, string>>): Promise<readonly CliResult[]> {
  await settles('deferred', { state: 'queued', attempts: 1 })
  for (const reader of ['sent', 'doubtful', 'bouncing', 'leaving', 'foreign'] as const) {
    await settles(reader, { state: 'sent' })
  }
  for (const reader of ['refused', 'unwanted'] as const) await settles(reader, { state: 'failed' })
  await unsubscribe(service.url)
  await reportBounce(service.url)
  const retry = ['retry', '--reason', 'recipient-refused', '--lift']
  const others = await Promise.all([
    holdAndApprove(env),
    ...[retry, ['bounces'], ['run']].map((command) => runCli(command, env)),
  ])
  await eventually(async () => {
    const waiting = await sql(`SELECT 1 FROM reminders.mails WHERE state IN ('queued', 'sending') AND attempts = 0`)
    expect(waiting).toEqual([])
  })
  // Last of all, nothing goes out any more.
  company.sink.answer({ stage: 'mail', reply: '550 5.1.8 <billing@acme.example>: for qwert.boss@example.com: no' })
  await insertDueCrowd(company, 1, 'qwertz')
  await service.said(/"alarm":"delivery-stopped"/)
  return others.flat()
}

beforeAll(async () => {
  company = await foundCompany({ rules: { schedule: '* * * * * *', maxEmailsPerSweep: HELD - 1 } })
  await using mailbox = await startImapServer()
  await using heart = await startHttpSink()
  const env = {
    ...company.env,
    LOG_LEVEL: 'trace',
    MAIL_RETURN_PATH: 'bounces@acme.example',
    BOUNCE_IMAP_URL: mailbox.url,
    BOUNCE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    HEARTBEAT_URL: `${heart.url}/${HEARTBEAT_TOKEN}`,
  }
  answerAll()
  await insertDueCrowd(company, NAMES.length)
  for (const [index, reader] of NAMES.entries()) {
    await sql(`UPDATE billing.contacts SET email = $1, name = 'Qwertina' WHERE id = $2`, [
      READERS[reader],
      `many_con_${index + 1}`,
    ])
  }
  await failQuoting('AFTER INSERT ON reminders.notices', 'sweep_fails', '23505')
  // The first of them passes, the second is of what was to be written.
  await failQuoting('AFTER INSERT ON reminders.attempts', 'record_fails', '40001,23505')
  mailbox.deliver(bounceMail({ recipient: READERS.bouncing }))
  mailbox.fail('SELECT', 'NO the mailbox of qwert.bounces@acme.example is locked')
  await using service = await startService(company, env)
  const others = await live(service, env)
  service.kill('SIGTERM')
  results = [await service.ended(), ...others]
  lines = results.flatMap(({ stderr }) =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line),
  )
})

afterAll(() => company[Symbol.asyncDispose]())

const linesOf = (msg: string) => lines.filter((line) => line.msg === msg)

describe('the log of a whole life, at its most talkative', () => {
  test('tells of each thing that happened', () => {
    for (const msg of [
      'started',
      'swept',
      'sweep held for approval',
      'sweep failed, and left nothing behind; it is tried again',
      'results could not be recorded; it is tried again',
      'results were refused; each is tried alone',
      'mail sent',
      'mail failed',
      'mail not taken for now; it is tried again',
      'mail in doubt: it may have arrived',
      'mail cancelled: nothing is left to say',
      'mail not sent: the mail server refuses us or cannot be reached; it waits',
      'bounces reported',
      'bounces not read; tried again in 5 minutes',
      'opted out',
      'opt-out taken back',
      'the mail server refuses us or cannot be reached',
    ]) {
      expect(linesOf(msg), msg).not.toEqual([])
    }
  })

  test('holds no address, name, link or secret that took part in it', () => {
    // Addresses did come its way: the database and the mail server quoted them.
    expect(results[0]?.stderr).toMatch(/Key \(to_address\)=\(\*\*\*@example\.com\)/)
    for (const { stderr } of results) {
      const text = stderr.toLowerCase()
      for (const word of UNSPEAKABLE.filter((word) => word !== 'qwert')) expect(text).not.toContain(word)
      // Grants and accounts are named by the ids that the company gave them.
      expect(text.replace(/"account":"qwert\w+"/g, '')).not.toContain('qwert')
      expect(text).not.toMatch(/[^*\s"<]@(?:example\.com|acme\.example)/)
      for (const secret of [...Object.values(SECRETS), IMAP_PASSWORD, ...tokens]) {
        expect(stderr).not.toContain(secret)
        expect(stderr).not.toContain(encodeURIComponent(secret))
      }
    }
  })

  test('tells each event in one line of JSON, with its time and level', () => {
    const [service] = results
    for (const line of service?.stderr.trim().split('\n') ?? []) expect(line).toMatch(/^\{"level":"\w+","time":"[^"]+"/)
    for (const { level, time, msg } of lines) {
      expect(['trace', 'debug', 'info', 'warn', 'error']).toContain(level)
      expect(`${time}`).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      expect(msg).toMatch(/\S/)
    }
  })

  test('names mail and sweep wherever it tells what came of a mail, and tells it of each mail', async () => {
    const ledger = await sql<{ id: string; sweep: string; state: string }>(
      'SELECT id, sweep_id AS sweep, state FROM reminders.mails',
    )
    const sweepOf = new Map(ledger.map(({ id, sweep }) => [id, sweep]))
    const ofMails = lines.filter(({ msg }) => /^mail (?!server)/.test(`${msg}`))
    expect(ofMails.length).toBeGreaterThan(ledger.length)
    for (const { mail, sweep, category } of ofMails) {
      expect(sweep).toBe(sweepOf.get(`${mail}`))
      expect(category).toBe('warning')
    }
    const sent = ledger.filter(({ state }) => state === 'sent').map(({ id }) => id)
    expect(
      linesOf('mail sent')
        .map(({ mail }) => mail)
        .toSorted(),
    ).toEqual(sent.toSorted())
    const doubtful = await fateOf('doubtful')
    expect(lines.filter(({ mail }) => mail === doubtful?.id).map(({ msg }) => msg)).toEqual([
      'mail in doubt: it may have arrived',
      'mail sent',
    ])
  })
})
