import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertWarnedCrowd } from '../support/company.ts'
import { type Service, startService } from '../support/service.ts'

const SECRET = 'a-webhook-secret-of-the-tests'
const NEVER = { schedule: '0 0 29 2 *' }
const ENV = { MAIL_RETURN_PATH: 'bounces@acme.example', BOUNCE_WEBHOOK_SECRET: SECRET }

const nowSeconds = () => Math.floor(Date.now() / 1000)

/** The headers that whoever has the secret makes for a body. */
function signed(body: string, { secret = SECRET, at = nowSeconds() } = {}): Record<string, string> {
  const mac = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')
  return { 'X-Timestamp': String(at), 'X-Signature': `sha256=${mac}` }
}

describe('the webhook for bounces', () => {
  let company: Company
  let service: Service
  beforeAll(async () => {
    company = await foundCompany({ rules: NEVER })
    await insertWarnedCrowd(company, 6)
    const [run, started] = await Promise.all([
      runCli(['run', '--as-of', AS_OF], { ...company.env, ...ENV }),
      startService(company, ENV),
    ])
    expect(run.code, run.stderr).toBe(0)
    service = started
  })
  afterAll(async () => {
    service.kill('SIGTERM')
    const { stderr } = await service.ended()
    expect(stderr).not.toContain(SECRET)
    await company[Symbol.asyncDispose]()
  })

  const post = (body: string, headers: Record<string, string> = signed(body)) =>
    fetch(`${service.url}/webhooks/bounces`, { method: 'POST', body, headers })
  const send = async (...events: readonly object[]) => {
    const response = await post(JSON.stringify({ events }))
    return { status: response.status, body: await response.json() }
  }
  /** What the ledger knows of the mail to somebody. */
  const mailTo = async (number: number) => {
    const [row] = await company.database.sql<{ id: string; messageId: string }>(
      'SELECT id, message_id AS "messageId" FROM reminders.mails WHERE to_address = $1',
      [`many${number}@example.com`],
    )
    if (row === undefined) throw new Error(`nobody wrote to ${number}`)
    return row
  }
  const suppressionOf = async (number: number) => {
    const [row] = await company.database.sql(
      'SELECT reason, scope, source FROM reminders.suppressions WHERE address_hash = $1',
      [addressHash(`many${number}@example.com`)],
    )
    return row
  }
  const countReports = async () => {
    const [row] = await company.database.sql<{ count: number }>('SELECT count(*)::int FROM reminders.reports')
    return row?.count
  }

  test('A bounce suppresses the address of its mail, by Message-ID, by id or by return path', async () => {
    const [first, second] = [await mailTo(1), await mailTo(2)]
    const returnPath = company.sink.mailsTo('many3@example.com')[0]?.envelope.from
    const bounce = { type: 'bounce', status: '5.1.1' }
    expect(
      await send(
        { id: 'a1', ...bounce, messageId: first.messageId, recipient: 'many1@example.com' },
        {
          id: 'a2',
          ...bounce,
          mail: second.id.toUpperCase(),
          recipient: 'Many2@example.com',
          provider: 'unknown field',
        },
        { id: 'a3', ...bounce, returnPath, diagnostic: '550 5.1.1 <many3@example.com> unknown\u0000' },
      ),
    ).toEqual({ status: 200, body: { accepted: 3, repeated: 0, suppressed: 3 } })
    expect([await suppressionOf(1), await suppressionOf(2), await suppressionOf(3)]).toEqual([
      { reason: 'bounced', scope: 'all', source: `mail ${first.id}` },
      { reason: 'bounced', scope: 'all', source: `mail ${second.id}` },
      expect.objectContaining({ reason: 'bounced' }),
    ])
    expect(await company.database.sql('SELECT diagnostic FROM reminders.reports WHERE diagnostic IS NOT NULL')).toEqual(
      [{ diagnostic: '550 5.1.1 <***@example.com> unknown' }],
    )
  })

  test('A Message-ID is taken without its angle brackets; a complaint suppresses for warnings', async () => {
    const { messageId } = await mailTo(4)
    expect(await send({ id: 'b1', type: 'complaint', messageId: messageId.slice(1, -1) })).toMatchObject({
      body: { suppressed: 1 },
    })
    expect(await suppressionOf(4)).toMatchObject({ reason: 'complaint', scope: 'warnings' })
  })

  test('An event counts once, however often it is sent', async () => {
    const before = await countReports()
    const event = { id: 'c1', type: 'delay', messageId: (await mailTo(5)).messageId, recipient: 'many5@example.com' }
    expect((await send(event, event)).body).toEqual({ accepted: 2, repeated: 1, suppressed: 0 })
    const all = await Promise.all([send(event), send(event), send(event)])
    expect(all.map(({ body }) => body)).toEqual(Array(3).fill({ accepted: 1, repeated: 1, suppressed: 0 }))
    expect(await countReports()).toBe((before ?? 0) + 1)
    expect(await suppressionOf(5)).toBeUndefined()
  })

  test('What is about another mail, another recipient, or for now, suppresses nobody', async () => {
    const { messageId, id } = await mailTo(6)
    const recipient = 'many6@example.com'
    const bounce = { type: 'bounce', status: '5.1.1', recipient }
    const { body } = await send(
      { id: 'd1', ...bounce, messageId: '<someone-elses@example.com>' },
      { id: 'd2', ...bounce, messageId: messageId.replace('@', '@x.') },
      { id: 'd3', ...bounce, mail: id.replace(/^./, (digit) => (digit === '1' ? '2' : '1')) },
      { id: 'd4', ...bounce, messageId, recipient: 'eve@example.com' },
      { id: 'd5', ...bounce, messageId, recipient: null },
      { id: 'd6', ...bounce, messageId, status: '4.4.7' },
      { id: 'd7', ...bounce, messageId, status: null },
      { id: 'd8', ...bounce, messageId, type: 'delay' },
      { id: 'd9', ...bounce, returnPath: 'bounces+forged@acme.example' },
    )
    expect(body).toEqual({ accepted: 9, repeated: 0, suppressed: 0 })
    expect(await suppressionOf(6)).toBeUndefined()
  })

  test('Whoever has not signed is turned away without a word, and changes nothing', async () => {
    const before = await countReports()
    const { messageId } = await mailTo(6)
    const event = { id: 'e1', type: 'bounce', status: '5.1.1', messageId, recipient: 'many6@example.com' }
    const body = JSON.stringify({ events: [event] })
    const right = signed(body)
    const at = nowSeconds()
    const wrong: readonly Record<string, string>[] = [
      {},
      { 'X-Timestamp': right['X-Timestamp'] ?? '' },
      { 'X-Signature': right['X-Signature'] ?? '' },
      signed(body, { secret: 'another-secret-of-the-tests' }),
      signed(`${body} `),
      signed(body, { at: at - 6 * 60 }),
      signed(body, { at: at + 6 * 60 }),
      { ...right, 'X-Timestamp': String(at + 1) },
      { ...right, 'X-Timestamp': `${at}.0` },
      { ...right, 'X-Timestamp': 'now' },
      { ...right, 'X-Signature': right['X-Signature']?.slice(0, -1) ?? '' },
      { ...right, 'X-Signature': right['X-Signature']?.replace('sha256=', 'sha1=') ?? '' },
    ]
    for (const headers of wrong) {
      const response = await post(body, headers)
      expect([response.status, await response.text()]).toEqual([401, ''])
    }
    expect(await countReports()).toBe(before)
  })

  test.each([
    ['no JSON', 'events', ['the body is no JSON in UTF-8']],
    ['no object', '[]', ['the body is no object with a list of events']],
    ['no events', '{}', ['events is no list']],
    [
      'bad fields',
      '{"events":[{"id":"","type":"spam","messageId":"<x@y>","status":"550"},{"id":1,"type":"bounce","mail":"7"}]}',
      [
        'events[0].id is no text of 1 to 200 characters',
        'events[0].type is not one of bounce, delay, complaint',
        'events[0].status is no status code such as 5.1.1',
        'events[1].id is no text of 1 to 200 characters',
        'events[1].mail is no id of a mail',
      ],
    ],
    [
      'no mail named',
      '{"events":[{"id":"f","type":"delay"}]}',
      ['events[0] names no mail: give messageId, mail or returnPath'],
    ],
    [
      'too many',
      JSON.stringify({ events: Array(1001).fill({ id: 'f', type: 'delay', messageId: 'x' }) }),
      ['events has more than 1000 entries; send them in several requests'],
    ],
  ])('A signed body with %s is refused with its faults, and nothing of it is taken', async (_case, body, faults) => {
    const before = await countReports()
    const response = await post(body)
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 400, body: { faults } })
    expect(await countReports()).toBe(before)
  })

  test('A list of no events is accepted: some providers ask whether anybody is there', async () => {
    expect(await send()).toEqual({ status: 200, body: { accepted: 0, repeated: 0, suppressed: 0 } })
  })

  test('A body that is too big is refused before it is looked at', async () => {
    const response = await post('x'.repeat(1024 * 1024 + 1))
    expect([response.status, await response.json()]).toEqual([
      413,
      { faults: ['the body has more than 1048576 bytes'] },
    ])
  })

  test('Only POST is answered', async () => {
    expect((await fetch(`${service.url}/webhooks/bounces`)).status).toBe(404)
  })

  test('When the events cannot be kept, the sender is told to come again, and then they count', async () => {
    const { messageId } = await mailTo(6)
    const event = { id: 'g1', type: 'bounce', status: '5.1.1', messageId, recipient: 'many6@example.com' }
    await company.database.sql('ALTER TABLE reminders.reports RENAME TO reports_away')
    expect(await send(event)).toEqual({ status: 503, body: { status: 'not kept; send it again' } })
    await company.database.sql('ALTER TABLE reminders.reports_away RENAME TO reports')
    expect(await service.said(/reported bounces could not be written down/)).toBeTruthy()
    expect(await send(event)).toMatchObject({ status: 200, body: { repeated: 0, suppressed: 1 } })
  })
})

test('Without a secret there is no such page', async () => {
  await using company = await foundCompany({ rules: NEVER })
  await using service = await startService(company)
  const body = '{"events":[]}'
  const response = await fetch(`${service.url}/webhooks/bounces`, { method: 'POST', body, headers: signed(body) })
  expect(response.status).toBe(404)
  service.kill('SIGTERM')
  expect((await service.ended()).code).toBe(0)
})
