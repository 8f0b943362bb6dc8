import { describe, expect, onTestFinished, test } from 'vitest'
import { type SmtpVerdict, verdictOn } from '../../src/domain/smtp-verdict.ts'
import { createSmtpTransport } from '../../src/mail/transport.ts'
import { type Script, type ScriptedReply, startScriptedSmtp } from '../support/scripted-smtp.ts'
import { type Given, messageOf } from './outgoing.ts'

/** Instead of the minutes that a server has in earnest. */
const SILENCE_MS = 300

type Told = Readonly<{ script?: Script; greeting?: ScriptedReply; given?: Given; query?: string; host?: string }>

/** What comes of a mail to a server that does what it is told to, and what that server heard. */
async function send({ script = [], greeting, given, query = '', host = '127.0.0.1' }: Told) {
  await using server = await startScriptedSmtp(script, greeting)
  const url = `${server.url.replace('127.0.0.1', host)}${query}`
  const transport = createSmtpTransport({ url, maxConnections: 1, silenceMs: SILENCE_MS })
  onTestFinished(() => transport.close())
  const outcome = await transport.send(messageOf(given))
  return { outcome, verdict: verdictOn(outcome), heard: server.heard }
}

describe('a server that', () => {
  test.each<[what: string, Told, kind: string, SmtpVerdict]>([
    ['closes before it greets', { greeting: 'close' }, 'broken at connect', 'unreachable'],
    ['resets the line before it greets', { greeting: 'reset' }, 'broken at connect', 'unreachable'],
    ['says 421 for a greeting', { greeting: '421 4.3.2 closing' }, 'refused at connect', 'unreachable'],
    ['speaks no SMTP', { greeting: 'HTTP/1.1 400 Bad Request' }, 'broken at connect', 'unreachable'],
    [
      'takes neither EHLO nor HELO',
      { script: [[/^(?:EHLO|HELO)/, '502 no']] },
      'refused at connect',
      'service-refused',
    ],
    ['says 421 to MAIL', { script: [[/^MAIL/, '421 4.3.2 closing']] }, 'refused at mail', 'deferred'],
    ['says 421 to RCPT', { script: [[/^RCPT/, '421 4.3.2 closing']] }, 'refused at rcpt', 'deferred'],
    ['says 421 to DATA', { script: [[/^DATA/, '421 4.3.2 closing']] }, 'refused at data', 'deferred'],
    ['says 421 after the final dot', { script: [[/^\.$/, '421 4.3.2 closing']] }, 'refused at final', 'deferred'],
    ['resets the line at MAIL', { script: [[/^MAIL/, 'reset']] }, 'broken at mail', 'deferred'],
    ['resets the line at RCPT', { script: [[/^RCPT/, 'reset']] }, 'broken at mail', 'deferred'],
    ['resets the line at DATA', { script: [[/^DATA/, 'reset']] }, 'broken at mail', 'deferred'],
    ['closes after the final dot', { script: [[/^\.$/, 'close']] }, 'broken at final', 'uncertain'],
    ['resets the line after the final dot', { script: [[/^\.$/, 'reset']] }, 'broken at final', 'uncertain'],
    ['stays silent after the final dot', { script: [[/^\.$/, 'silence']] }, 'broken at final', 'uncertain'],
    ['stays silent at RCPT', { script: [[/^RCPT/, 'silence']] }, 'broken at mail', 'deferred'],
    ['is out of order after the final dot', { script: [[/^\.$/, 'what?']] }, 'broken at final', 'uncertain'],
  ])('%s', async (_what, told, kind, verdict) => {
    const { outcome, verdict: found } = await send(told)
    const at = 'stage' in outcome ? ` at ${outcome.stage}` : ''
    expect([`${outcome.kind}${at}`, found]).toEqual([kind, verdict])
    expect(outcome.reply).toMatch(/\S/)
  })

  test('breaks the line at QUIT, as some do, has taken the mail all the same', async () => {
    expect(await send({ script: [[/^QUIT/, 'reset']] })).toMatchObject({ verdict: 'accepted' })
  })
})

describe('TLS that is required of another host', () => {
  /** A name of loopback that is not known as such stands for another host. */
  const host = '[::ffff:127.0.0.1]'

  test('and is not offered, stops all mail before MAIL', async () => {
    const { verdict, heard } = await send({ host, script: [[/^STARTTLS/, '502 5.5.1 not implemented']] })
    expect(verdict).toBe('service-refused')
    expect(heard.filter((line) => /^(?:AUTH|MAIL)/.test(line))).toEqual([])
  })

  test('and is not to be had for now, waits', async () => {
    const script: Script = [
      [/^EHLO/, '250-here\r\n250 STARTTLS'],
      [/^STARTTLS/, '454 4.7.0 TLS not available due to temporary reason'],
    ]
    const { verdict, heard } = await send({ host, script })
    expect(verdict).toBe('unreachable')
    expect(heard.filter((line) => /^(?:AUTH|MAIL)/.test(line))).toEqual([])
  })

  test('is refused again by a server that asks for it only at MAIL: nobody is blamed but us', async () => {
    const { verdict } = await send({
      host,
      query: '?requireTLS=false',
      script: [[/^MAIL/, '530 5.7.0 Must issue a STARTTLS command first']],
    })
    expect(verdict).toBe('service-refused')
  })
})
