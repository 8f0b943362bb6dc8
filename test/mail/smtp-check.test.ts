import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { checkSmtp } from '../../src/mail/smtp-check.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

afterEach(() => vi.unstubAllEnvs())

const CREDENTIALS = { user: 'app@example.com', pass: 'p@ss word' }

/** STARTTLS is not asked of loopback, unless it is offered; a name of loopback that is not known as such stands for a host. */
const asOtherHost = (url: string) => url.replace('127.0.0.1', '[::ffff:127.0.0.1]')

describe('a server that is as it must be', () => {
  test('When it wants credentials, they are tried, and no mail transaction begins', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage: 'mail', reply: 'close' })
    expect(await checkSmtp(sink)).toEqual({
      kind: 'ready',
      server: `127.0.0.1:${sink.port}`,
      tls: null,
      authentication: 'done',
    })
    expect({ connections: sink.connections.total(), mails: sink.mails }).toEqual({ connections: 1, mails: [] })
  })

  test('When it wants none and none are set, that is said', async () => {
    await using sink = await startSmtpSink()
    expect(await checkSmtp(sink)).toMatchObject({ kind: 'ready', authentication: 'neither' })
  })

  test('When it offers log-in and no credentials are set, that is said', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    const url = sink.url.replace(/\/\/.*@/, '//')
    expect(await checkSmtp({ url })).toMatchObject({ kind: 'ready', authentication: 'offered' })
  })

  test('When credentials are set and it offers no authentication, that is said', async () => {
    await using sink = await startSmtpSink()
    const url = sink.url.replace('//', '//app:secret@')
    expect(await checkSmtp({ url })).toMatchObject({ kind: 'ready', authentication: 'not-offered' })
  })

  test.each([
    ['from the first byte', true],
    ['after STARTTLS', false],
  ])('When its line is secured %s, the protocol is told', async (_case, secure) => {
    // The certificate of the sink is nobody's.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    await using sink = await startSmtpSink({ auth: CREDENTIALS, server: { secure, disabledCommands: [] } })
    expect(await checkSmtp(sink)).toMatchObject({ kind: 'ready', tls: 'TLSv1.3', authentication: 'done' })
  })
})

describe('a server that is not', () => {
  test('When nobody listens, it is unreachable', async () => {
    expect(await checkSmtp({ url: 'smtp://app:hunter2@127.0.0.1:1' })).toEqual({
      kind: 'failed',
      server: '127.0.0.1:1',
      problem: 'unreachable',
      detail: 'connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  test('When its name leads nowhere, that is said', async () => {
    expect(await checkSmtp({ url: 'smtp://nowhere.invalid' })).toMatchObject({
      kind: 'failed',
      problem: 'unknown-host',
    })
  })

  test('When it refuses the credentials, that is said without them', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    const result = await checkSmtp({ url: sink.url.replace('p%40ss', 'hunter2') })
    expect(result).toMatchObject({ problem: 'credentials-refused', detail: '535 5.7.8 wrong credentials' })
  })

  test('When it only cannot check credentials for now, they are not blamed', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage: 'auth', reply: '454 4.7.0 temporary authentication failure' })
    expect(await checkSmtp(sink)).toMatchObject({
      problem: 'refused',
      detail: '454 4.7.0 temporary authentication failure',
    })
  })

  test('When TLS is required and not offered, that is said, and no password leaves', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage: 'auth', reply: 'close' })
    expect(await checkSmtp({ url: asOtherHost(sink.url) })).toMatchObject({ problem: 'starttls-not-offered' })
    // Where the URL waives it, the dialogue goes on as far as the password.
    expect(await checkSmtp({ url: `${asOtherHost(sink.url)}?requireTLS=false` })).toMatchObject({
      problem: 'unreachable',
    })
  })

  test('When TLS is required of this machine itself, it is, and no password leaves', async () => {
    await using sink = await startSmtpSink({ auth: CREDENTIALS })
    sink.answer({ stage: 'auth', reply: 'close' })
    expect(await checkSmtp({ url: `${sink.url}?requireTLS=true` })).toMatchObject({ problem: 'starttls-not-offered' })
  })

  test.each([
    ['from the first byte', true],
    ['after STARTTLS', false],
  ])('When its certificate cannot be trusted %s, that is said', async (_case, secure) => {
    await using sink = await startSmtpSink({ server: { secure, disabledCommands: ['AUTH'] } })
    expect(await checkSmtp(sink)).toMatchObject({ problem: 'certificate' })
  })

  test('When TLS is begun where it is not spoken, that is said', async () => {
    await using sink = await startSmtpSink()
    expect(await checkSmtp({ url: sink.url.replace('smtp:', 'smtps:') })).toEqual({
      kind: 'failed',
      server: `127.0.0.1:${sink.port}`,
      problem: 'no-tls-here',
      detail: expect.stringMatching(/^[\w ]+$/),
    })
  })

  test('When it refuses us at the door, its words are told', async () => {
    await using sink = await startSmtpSink()
    sink.answer({ stage: 'connect', reply: '554 5.7.1 your host is on a list' })
    expect(await checkSmtp(sink)).toMatchObject({
      problem: 'refused',
      detail: expect.stringContaining('your host is on a list'),
    })
  })

  test.each([
    ['closes without a word', 'close', 'unreachable'],
    ['stays silent', 'silence', 'no-greeting'],
  ] as const)('When it %s, the check ends and says so', async (_case, conduct, problem) => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      if (conduct === 'close') socket.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect(await checkSmtp({ url: `smtp://127.0.0.1:${port}`, timeoutMs: 200 })).toMatchObject({
      kind: 'failed',
      problem,
    })
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})
