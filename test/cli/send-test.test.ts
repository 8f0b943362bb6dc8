import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { runCli } from '../support/cli.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

const NOTICE = 'This is a test: '
const MAIL_FROM = 'Acme Billing <billing@acme.example>'

describe.concurrent('send-test', () => {
  test('When only the mail server and the sender are set, it sends one mail that says it is a test', async () => {
    await using sink = await startSmtpSink()
    const result = await runCli(['send-test', '--to', 'ana@example.com'], { SMTP_URL: sink.url, MAIL_FROM })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/^sent to a\*\*\*@example\.com: the mail server said 250 .*\n$/)
    expect(sink.mails.map(({ envelope }) => envelope)).toEqual([
      { from: 'billing@acme.example', to: ['ana@example.com'] },
    ])
    const mail = await sink.mails[0]?.parsed()
    expect(mail?.subject).toMatch(/^Test: .* expire from/)
    expect(mail?.from).toMatchObject({ name: 'Acme Billing', address: 'billing@acme.example' })
    expect(mail?.text).toContain(NOTICE)
    expect(mail?.html).toContain(NOTICE)
    expect(mail?.messageId).toMatch(/^<test-[\w-]{36}@acme\.example>$/)
  })

  test('When the mail and the rest of the settings are given, they are used', async () => {
    await using sink = await startSmtpSink()
    const LINK_SECRET = 'a-link-secret-of-the-tests'
    const MAIL_RETURN_PATH = 'bounces@acme.example'
    const env = { SMTP_URL: sink.url, MAIL_FROM, MAIL_RETURN_PATH, PUBLIC_URL: 'https://r.acme.example', LINK_SECRET }
    const args = ['--to', 'ana@example.com', '--kind', 'expired', '--locale', 'en-GB']
    expect(await runCli(['send-test', ...args], env)).toMatchObject({ code: 0, stderr: '' })
    expect(sink.mails[0]?.envelope.from).toBe(MAIL_RETURN_PATH)
    const mail = await sink.mails[0]?.parsed()
    expect(mail?.subject).toMatch(/^Test: .* expired/)
    const [, token = ''] = /https:\/\/r\.acme\.example\/unsubscribe\/(\S+)/.exec(mail?.text ?? '') ?? []
    // It names no address: whoever follows it stops nobody's mail.
    const target = { contactId: 'con_sample', accountId: 'acc_sample', addressHash: null, locale: 'en-GB' }
    expect(readUnsubscribeToken(token, [LINK_SECRET])).toEqual(target)
  })

  test.each([
    ['the recipient', 'rcpt', '550 5.1.1 <ana@example.com> no such user'],
    ['us', 'mail', '553 5.7.1 not your domain'],
    ['the mail', 'final', '554 5.6.0 not wanted'],
    ['the recipient for now', 'rcpt', '450 4.2.1 try again later'],
  ] as const)(
    'When the server refuses %s, its words are told, without the address, and it ends with 1',
    async (_whom, stage, reply) => {
      await using sink = await startSmtpSink()
      sink.answer({ stage, reply })
      const result = await runCli(['send-test', '--to', 'ana@example.com'], { SMTP_URL: sink.url, MAIL_FROM })
      expect(result).toMatchObject({ code: 1, stderr: '' })
      expect(result.stdout).toBe(
        `not sent to a***@example.com: the mail server said ${reply.replace('ana@', '***@')}\n`,
      )
    },
  )

  test('When the key that it should sign with cannot be used, it says so in one line, and nothing leaves unsigned', async () => {
    await using sink = await startSmtpSink()
    const { privateKey } = generateKeyPairSync('ed25519')
    const DKIM_PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const env = { SMTP_URL: sink.url, MAIL_FROM, DKIM_PRIVATE_KEY, DKIM_SELECTOR: 's1' }
    const { code, stdout, stderr } = await runCli(['send-test', '--to', 'ana@example.com'], env)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^.*DKIM_PRIVATE_KEY is a key of type ed25519, which receivers do not verify; .*\n$/)
    expect(sink.mails).toEqual([])
  })

  test('When the line breaks after the last byte, it does not claim to know', async () => {
    await using sink = await startSmtpSink()
    sink.answer({ stage: 'final', reply: 'close' })
    const result = await runCli(['send-test', '--to', 'ana@example.com'], { SMTP_URL: sink.url, MAIL_FROM })
    expect(result).toMatchObject({ code: 1, stdout: expect.stringMatching(/^perhaps sent to a\*\*\*@example\.com/) })
  })

  test('When nobody answers, it ends with 3 and one line', async () => {
    const SMTP_URL = 'smtp://app:hunter2@127.0.0.1:1'
    const result = await runCli(['send-test', '--to', 'ana@example.com'], { SMTP_URL, MAIL_FROM })
    expect(result).toEqual({
      code: 3,
      stdout: '',
      stderr: 'the mail server cannot be reached: ECONNREFUSED; credit-reminders doctor tells more\n',
    })
  })

  test('When only some may be written to, nobody else gets a test either', async () => {
    await using sink = await startSmtpSink()
    const env = { SMTP_URL: sink.url, MAIL_FROM, ALLOWED_RECIPIENTS: 'qa@example.com' }
    expect(await runCli(['send-test', '--to', 'ana@example.com'], env)).toEqual({
      code: 2,
      stdout: '',
      stderr: '--to is not among ALLOWED_RECIPIENTS: nothing was sent; name it there, or unset the variable\n',
    })
    expect(sink.connections.total()).toBe(0)
    expect(await runCli(['send-test', '--to', 'QA@example.com'], env)).toMatchObject({ code: 0 })
    expect(sink.mails).toHaveLength(1)
  })

  test('When settings are missing, it ends with 2 and a line for each', async () => {
    const result = await runCli(['send-test', '--to', 'ana@example.com'])
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toMatch(/^SMTP_URL is not set: .*\nMAIL_FROM is not set: .*\n$/)
  })

  test.each(['', 'ana@localhost', 'ana@example.com\r\nBcc: eve@example.com'])(
    'When --to is %j, it is refused without a word of it, and nothing is sent',
    async (to) => {
      await using sink = await startSmtpSink()
      const result = await runCli(['send-test', '--to', to], { SMTP_URL: sink.url, MAIL_FROM })
      expect(result).toEqual({
        code: 2,
        stdout: '',
        stderr: '--to is no mail address; write one such as ana@example.com\n',
      })
      expect(sink.connections.total()).toBe(0)
    },
  )
})
