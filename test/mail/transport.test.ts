import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type SendOutcome, type SmtpStage, type SmtpVerdict, verdictOn } from '../../src/domain/smtp-verdict.ts'
import { messageSource } from '../../src/mail/source.ts'
import { createSmtpTransport, type SmtpTransport } from '../../src/mail/transport.ts'
import { eventually } from '../support/eventually.ts'
import { type SinkStage, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts'
import { type Given, messageOf } from './outgoing.ts'

const CREDENTIALS = { user: 'app@example.com', pass: 'p@ss word' }
const CYRILLIC = { name: 'Аня', address: 'аня@пример.example' }

function transportTo({ url }: Readonly<{ url: string }>, maxConnections = 1): SmtpTransport {
  const transport = createSmtpTransport({ url, maxConnections })
  onTestFinished(() => transport.close())
  return transport
}

const send = (server: Readonly<{ url: string }>, given?: Given) => transportTo(server).send(messageOf(given))

/** STARTTLS is not asked of loopback, unless it is offered; a name of loopback that is not known as such stands for a host. */
const asOtherHost = ({ url }: SmtpSink) => ({ url: url.replace('127.0.0.1', '[::ffff:127.0.0.1]') })

/** A message without its boundary, which is random. */
function withoutBoundary(source: Buffer | undefined): string {
  const text = source?.toString('latin1') ?? ''
  return text.replaceAll(/boundary="(.+)"/.exec(text)?.[1] ?? '', '=')
}

/** What a server says to a line of the client's; null: it breaks the line. */
type Script = (line: string) => string | null

type ScriptedServer = Readonly<{ url: string; heard: readonly string[] }>

async function startScriptedServer(answer: Script): Promise<ScriptedServer> {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('220 here\r\n')
    createInterface({ input: socket }).on('line', (line) => {
      heard.push(line)
      const reply = answer(line)
      if (reply === null) socket.destroy()
      else socket.write(reply)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, heard }
}

/** What a client says of sender and recipient to a server with such extensions. */
async function envelopeTo(address: string, extensions: readonly string[]): Promise<readonly string[]> {
  const greeting = ['here', ...extensions].map((words) => `250-${words}\r\n`).join('')
  const server = await startScriptedServer((line) => {
    if (line.startsWith('EHLO')) return `${greeting}250 HELP\r\n`
    return line.startsWith('RCPT') ? '550 5.1.1 no such user\r\n' : '250 yes\r\n'
  })
  await send(server, { to: { name: 'Ana', address } })
  return server.heard.filter((line) => /^(?:MAIL|RCPT)/.test(line))
}

test('A server that offers DSN is told the envelope id, which is the Message-ID; another is not', async () => {
  expect(await envelopeTo('ana@example.com', ['DSN'])).toEqual([
    'MAIL FROM:<billing@example.com> ENVID=mail-1@example.com',
    'RCPT TO:<ana@example.com>',
  ])
  expect((await envelopeTo('ana@example.com', []))[0]).toBe('MAIL FROM:<billing@example.com>')
})

describe('a server that takes mails', () => {
  test('gets the message byte for byte, and its reply is kept', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    const text = '.\n..\n.dot\n\n. \nFrom me\nDATA\nQUIT\n'
    for (const content of [text, `${text}ü\n${'x'.repeat(2000)}\n.`]) {
      const message = messageOf({ text: content, html: content })
      const outcome = await transportTo(sink).send(message)
      expect(outcome).toMatchObject({ kind: 'accepted', reply: expect.stringMatching(/^250 /) })
      expect(verdictOn(outcome)).toBe('accepted')
      const { envelope, raw } = sink.mails.at(-1) ?? {}
      expect(envelope).toEqual({ from: 'billing@example.com', to: ['ana@example.com'] })
      expect(withoutBoundary(raw)).toBe(withoutBoundary(messageSource(message)))
      expect(raw?.equals(outcome.source ?? Buffer.alloc(0))).toBe(true)
    }
  })

  test('gets many mails over as many connections as allowed, and no more', async () => {
    await using sink = await startSmtpSink({ delayMs: 5 })
    const transport = transportTo(sink, 3)
    const ids = Array.from({ length: 40 }, (_, index) => `mail-${index}`)
    const outcomes = await Promise.all(ids.map((id) => transport.send(messageOf({ id }))))
    expect(outcomes.map(verdictOn)).toEqual(ids.map(() => 'accepted'))
    const arrived = await Promise.all(sink.mails.map(async (mail) => (await mail.parsed()).messageId))
    expect(arrived.toSorted()).toEqual(ids.map((id) => `<${id}@example.com>`).toSorted())
    expect({ total: sink.connections.total(), atOnce: sink.connections.mostAtOnce() }).toEqual({ total: 3, atOnce: 3 })
  })

  test('gets mails one after the other over one connection', async () => {
    await using sink = await startSmtpSink()
    const transport = transportTo(sink, 3)
    for (const id of ['mail-1', 'mail-2', 'mail-3']) await transport.send(messageOf({ id }))
    expect(sink.mails.map(({ connection }) => connection)).toEqual([1, 1, 1])
  })

  test('gets the next mail over another connection, when it has closed an idle one', async () => {
    await using sink = await startSmtpSink({ server: { socketTimeout: 300 } })
    const transport = transportTo(sink)
    expect(await transport.send(messageOf())).toMatchObject({ kind: 'accepted' })
    await eventually(() => expect(sink.connections.open()).toBe(0))
    expect(await transport.send(messageOf())).toMatchObject({ kind: 'accepted' })
    expect(sink.mails.map(({ connection }) => connection)).toEqual([1, 2])
  })
})

describe('a server that refuses', () => {
  test.each<[SinkStage, string, SmtpVerdict]>([
    ['connect', '554 5.7.1 your host is on a list', 'service-refused'],
    ['connect', '421 4.3.2 too many connections', 'unreachable'],
    ['auth', '535 5.7.8 wrong credentials', 'service-refused'],
    ['auth', '454 4.7.0 cannot check credentials now', 'unreachable'],
    ['mail', '550 5.7.1 sender not allowed', 'service-refused'],
    ['mail', '530 5.7.0 authenticate first', 'service-refused'],
    ['mail', '451 4.3.0 try later', 'deferred'],
    ['rcpt', '550 5.1.1 no such user', 'recipient-refused'],
    ['rcpt', '553 5.1.3 bad address', 'recipient-refused'],
    ['rcpt', '550 no such user', 'recipient-refused'],
    ['rcpt', '552 5.2.2 mailbox full', 'deferred'],
    ['rcpt', '552 too many recipients', 'deferred'],
    ['rcpt', '552 5.3.4 message too big', 'mail-refused'],
    ['rcpt', '450 4.2.1 greylisted', 'deferred'],
    ['rcpt', '550 5.7.1 relaying denied', 'policy-refused'],
    ['rcpt', '554 no', 'policy-refused'],
    ['data', '554 5.5.1 no', 'policy-refused'],
    ['data', '452 4.3.1 no space', 'deferred'],
    ['final', '550 5.6.0 content not wanted', 'mail-refused'],
    ['final', '552 5.3.4 too big', 'mail-refused'],
    ['final', '550 5.4.5 daily quota exceeded', 'service-refused'],
    ['final', '554 5.7.1 taken for spam', 'policy-refused'],
    ['final', '451 4.7.1 later', 'deferred'],
    ['final', '421 4.3.2 closing', 'deferred'],
  ])('at %s with "%s": %s', async (stage, reply, verdict) => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage, reply })
    const outcome = await send(sink)
    expect(outcome).toEqual({
      ...{
        kind: 'refused',
        stage,
        replyCode: Number(reply.slice(0, 3)),
        reply: expect.stringContaining(reply.slice(4)),
      },
      enhancedCode: /\d\.\d\.\d/.exec(reply)?.[0] ?? null,
    } satisfies SendOutcome)
    expect(verdictOn(outcome)).toBe(verdict)
    expect(sink.mails).toEqual([])
  })

  test('one mail gets the next one over the same connection', async () => {
    await using sink = await startSmtpSink()
    sink.answer({ stage: 'rcpt', reply: '550 5.1.1 no such user', to: 'eve@example.com' })
    sink.answer({ stage: 'final', reply: '550 5.6.0 content not wanted', to: 'bob@example.com' })
    const transport = transportTo(sink)
    const names = ['ana', 'eve', 'bob', 'ana']
    const outcomes: SendOutcome[] = []
    for (const name of names) {
      outcomes.push(await transport.send(messageOf({ to: { name, address: `${name}@example.com` } })))
    }
    expect(outcomes.map(verdictOn)).toEqual(['accepted', 'recipient-refused', 'mail-refused', 'accepted'])
    expect(sink.mails.map(({ connection }) => connection)).toEqual([1, 1])
  })

  test('in several lines has them kept as one, with the code of the first', async () => {
    const server = await startScriptedServer((line) =>
      line.startsWith('RCPT') ? '550-5.1.1 no such\r\n550-5.1.1  user,\r\n550 5.1.1 sorry\r\n' : '250 yes\r\n',
    )
    expect(await send(server)).toEqual({
      kind: 'refused',
      stage: 'rcpt',
      replyCode: 550,
      enhancedCode: '5.1.1',
      reply: '550-5.1.1 no such 550-5.1.1 user, 550 5.1.1 sorry',
    })
  })

  test.each([
    ['RCPT', `550 5.1.1 no\0 \x1b[31msuch user ${'x'.repeat(5000)}`, /^550 5\.1\.1 no \[31msuch user x{900,}…$/],
    ['.', '250 taken\0 as \x07 17', /^250 taken as 17$/],
  ])('or takes the mail, at %s, has its words kept as one line that any database holds', async (at, reply, kept) => {
    const server = await startScriptedServer((line) => {
      if (line.startsWith(at)) return `${reply}\r\n`
      return line === 'DATA' ? '354 go on\r\n' : /^(?:EHLO|MAIL|RCPT)/.test(line) ? '250 yes\r\n' : ''
    })
    expect((await send(server)).reply).toMatch(kept)
  })
})

describe('a line that breaks', () => {
  test.each<[SinkStage, SmtpStage, SmtpVerdict]>([
    ['connect', 'connect', 'unreachable'],
    ['auth', 'connect', 'unreachable'],
    ['mail', 'mail', 'deferred'],
    ['rcpt', 'mail', 'deferred'],
    ['data', 'mail', 'deferred'],
    ['final', 'final', 'uncertain'],
  ])('at %s is known to have broken at %s: %s', async (stage, known, verdict) => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage, reply: 'close' })
    const outcome = await send(sink)
    expect(outcome).toMatchObject({ kind: 'broken', stage: known, reply: expect.stringMatching(/\S/) })
    expect(verdictOn(outcome)).toBe(verdict)
    expect(sink.mails).toEqual([])
  })

  test('while the message is on its way may have come after its end: uncertain', async () => {
    const server = await startScriptedServer((line) => {
      if (line === 'DATA') return '354 go on\r\n'
      return /^(?:EHLO|MAIL|RCPT)/.test(line) ? '250 yes\r\n' : null
    })
    const outcome = await send(server)
    expect(outcome).toMatchObject({ kind: 'broken', stage: 'final' })
    expect(verdictOn(outcome)).toBe('uncertain')
  })

  test('leaves the next mail its own connection', async () => {
    await using sink = await startSmtpSink()
    sink.answer({ stage: 'final', reply: 'close', times: 1 })
    const transport = transportTo(sink)
    const outcomes = [await transport.send(messageOf()), await transport.send(messageOf())]
    expect(outcomes.map(verdictOn)).toEqual(['uncertain', 'accepted'])
    expect(sink.mails).toHaveLength(1)
  })

  test('at a second mail of a connection, before anything of it was taken, gets it another connection', async () => {
    await using sink = await startSmtpSink()
    const transport = transportTo(sink)
    await transport.send(messageOf())
    sink.answer({ stage: 'mail', reply: 'close', times: 1 })
    expect(await transport.send(messageOf())).toMatchObject({ kind: 'accepted' })
    expect(sink.mails.map(({ connection }) => connection)).toEqual([1, 2])
  })

  test('and a server that is gone for good by then, is unreachable', async () => {
    const sink = await startSmtpSink()
    const transport = transportTo(sink)
    await transport.send(messageOf())
    await sink.stop()
    const outcome = await transport.send(messageOf())
    expect(outcome).toMatchObject({ kind: 'broken', stage: 'connect' })
    expect(verdictOn(outcome)).toBe('unreachable')
  })
})

describe('a server that cannot be reached', () => {
  test.each([
    ['where nobody listens', 'smtp://127.0.0.1:1', 'ECONNREFUSED'],
    ['whose name leads nowhere', 'smtp://nowhere.invalid?requireTLS=false', 'EDNS'],
  ])('%s', async (_case, url, reply) => {
    const outcome = await send({ url })
    expect(outcome).toEqual({
      kind: 'broken',
      stage: 'connect',
      reply: expect.stringMatching(`${reply}|ENOTFOUND|EAI_AGAIN`),
    })
    expect(verdictOn(outcome)).toBe('unreachable')
  })

  test('that was down and is up again, gets the next mail', async () => {
    const down = await startSmtpSink()
    await down.stop()
    const transport = transportTo(down)
    expect(verdictOn(await transport.send(messageOf()))).toBe('unreachable')
    await using sink = await startSmtpSink({ port: down.port })
    expect(verdictOn(await transport.send(messageOf()))).toBe('accepted')
    expect(sink.mails).toHaveLength(1)
  })
})

describe('TLS', () => {
  test('that another host does not offer stops all mail, and no password leaves', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage: 'auth', reply: 'close' })
    const outcome = await send(asOtherHost(sink))
    expect(outcome).toMatchObject({ kind: 'refused', stage: 'tls' })
    expect(verdictOn(outcome)).toBe('service-refused')
    expect(sink.mails).toEqual([])
  })

  test('is waived where the URL says so', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    expect(await send({ url: `${asOtherHost(sink).url}?requireTLS=false` })).toMatchObject({ kind: 'accepted' })
  })

  test.each([
    ['from the first byte', true],
    ['after STARTTLS', false],
  ])('%s with a certificate that nobody trusts is none', async (_case, secure) => {
    await using sink = await startSmtpSink({ server: { secure, disabledCommands: ['AUTH'] } })
    const outcome = await send(sink)
    expect(outcome).toMatchObject({
      kind: 'broken',
      reply: expect.stringMatching(/^its certificate cannot be trusted: ./),
    })
    expect(verdictOn(outcome)).toBe('unreachable')
    expect(sink.mails).toEqual([])
  })
})

describe('an address in another alphabet', () => {
  test('goes to a server that offers SMTPUTF8', async () => {
    await using sink = await startSmtpSink()
    expect(await send(sink, { to: CYRILLIC })).toMatchObject({ kind: 'accepted' })
    expect((await sink.mails[0]?.parsed())?.to).toEqual([CYRILLIC])
  })

  test('goes to no other, whose other recipients get their mails', async () => {
    await using sink = await startSmtpSink({ server: { hideSMTPUTF8: true } })
    const transport = transportTo(sink)
    const outcome = await transport.send(messageOf({ to: CYRILLIC }))
    expect(outcome).toMatchObject({ kind: 'unsupported-address', reply: expect.stringContaining('SMTPUTF8') })
    expect(verdictOn(outcome)).toBe('address-unsupported')
    expect(sink.mails).toEqual([])
    expect(await transport.send(messageOf())).toMatchObject({ kind: 'accepted' })
  })

  test('is asked about once for many mails', async () => {
    await using sink = await startSmtpSink({ server: { hideSMTPUTF8: true } })
    const transport = transportTo(sink)
    await Promise.all([1, 2, 3].map(() => transport.send(messageOf({ to: CYRILLIC }))))
    expect(sink.connections.total()).toBe(1)
  })

  test('is sent as such, its domain in ASCII all the same', async () => {
    expect(await envelopeTo('аня@пример.example', ['8BITMIME', 'SMTPUTF8'])).toEqual([
      'MAIL FROM:<billing@example.com> SMTPUTF8',
      'RCPT TO:<аня@xn--e1afmkfd.example>',
    ])
  })

  test('needs nothing of the server where only its domain is in another alphabet', async () => {
    expect(await envelopeTo('ana@пример.example', [])).toEqual([
      'MAIL FROM:<billing@example.com>',
      'RCPT TO:<ana@xn--e1afmkfd.example>',
    ])
  })

  test('is not given up because the server is down just then', async () => {
    const down = await startSmtpSink()
    await down.stop()
    const transport = transportTo(down)
    expect(verdictOn(await transport.send(messageOf({ to: CYRILLIC })))).toBe('unreachable')
    await using sink = await startSmtpSink({ port: down.port })
    expect(verdictOn(await transport.send(messageOf({ to: CYRILLIC })))).toBe('accepted')
    expect(sink.mails).toHaveLength(1)
  })

  test('is not given up because the server turns us away just then', async () => {
    await using sink = await startSmtpSink()
    sink.answer({ stage: 'connect', reply: '421 4.3.2 too many connections', times: 2 })
    expect(verdictOn(await send(sink, { to: CYRILLIC }))).toBe('unreachable')
  })
})

describe('closing', () => {
  test('ends the connections that wait for mails', async () => {
    await using sink = await startSmtpSink()
    const transport = transportTo(sink, 2)
    await Promise.all([1, 2, 3].map(() => transport.send(messageOf())))
    expect(sink.connections.open()).toBeGreaterThan(0)
    transport.close()
    await eventually(() => expect(sink.connections.open()).toBe(0))
  })

  test('lets a mail that is on its way arrive', async () => {
    await using sink = await startSmtpSink({ delayMs: 100 })
    const transport = transportTo(sink)
    const sending = transport.send(messageOf())
    await eventually(() => expect(sink.connections.open()).toBe(1))
    transport.close()
    expect(await sending).toMatchObject({ kind: 'accepted' })
    await eventually(() => expect(sink.connections.open()).toBe(0))
  })

  test('says of a mail that comes too late that it was not sent', async () => {
    await using sink = await startSmtpSink()
    const transport = transportTo(sink)
    transport.close()
    const outcome = await transport.send(messageOf())
    expect(outcome).toMatchObject({ kind: 'broken', stage: 'connect' })
    expect(verdictOn(outcome)).toBe('unreachable')
    expect(sink.connections.total()).toBe(0)
  })

  test('may be done again, and before anything was sent', () => {
    const transport = transportTo({ url: 'smtp://127.0.0.1:1' })
    transport.close()
    expect(() => transport.close()).not.toThrow()
  })
})
