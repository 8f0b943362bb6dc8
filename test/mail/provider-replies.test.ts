import { describe, expect, onTestFinished, test } from 'vitest'
import { type SmtpStage, type SmtpVerdict, verdictOn } from '../../src/domain/smtp-verdict.ts'
import { createSmtpTransport } from '../../src/mail/transport.ts'
import { type Script, startScriptedSmtp } from '../support/scripted-smtp.ts'
import { messageOf } from './outgoing.ts'

type Told = readonly [stage: SmtpStage, reply: string, verdict: SmtpVerdict]

/** What servers say in earnest, as their providers document it or as postmasters quote it, shortened. */
const REPLIES: Readonly<Record<string, readonly Told[]>> = {
  Gmail: [
    [
      'connect',
      '421-4.7.28 Gmail has detected an unusual rate of email\r\n421 4.7.28 originating from your IP',
      'throttled',
    ],
    ['connect', '421 4.4.5 Server busy, try again later', 'unreachable'],
    ['mail', '421 4.7.0 Temporary System Problem. Try again later', 'throttled'],
    ['mail', '530 5.7.0 Must issue a STARTTLS command first', 'service-refused'],
    ['mail', '550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 See the help', 'service-refused'],
    ['rcpt', '450 4.2.1 The user you are trying to contact is receiving mail too quickly', 'deferred'],
    ['rcpt', '452 4.2.2 The recipient is over quota', 'deferred'],
    ['rcpt', '452 4.5.3 Your message has too many recipients', 'deferred'],
    [
      'rcpt',
      '550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 Please',
      'recipient-refused',
    ],
    ['rcpt', '550 5.2.1 The email account that you tried to reach is inactive', 'recipient-refused'],
    ['rcpt', '552 5.2.2 The recipient is over quota', 'deferred'],
    ['rcpt', '550 5.7.1 Daily SMTP relay limit exceeded for customer', 'policy-refused'],
    ['final', '550 5.4.5 Daily sending quota exceeded', 'service-refused'],
    ['final', '550 5.7.26 Unauthenticated email from example.com is not accepted', 'service-refused'],
    ['final', '550 5.7.1 Our system has detected that this message is likely unsolicited mail', 'policy-refused'],
    ['final', '552 5.2.3 Your message exceeded size limits', 'mail-refused'],
    ['final', '552 5.7.0 This message was blocked because its content presents a security issue', 'policy-refused'],
  ],
  'Amazon SES': [
    ['connect', '421 Too many concurrent SMTP connections', 'unreachable'],
    ['mail', '530 Authentication required', 'service-refused'],
    ['rcpt', '501 Invalid RCPT TO address provided', 'recipient-refused'],
    ['final', '454 Throttling failure: Maximum sending rate exceeded.', 'throttled'],
    ['final', '454 Throttling failure: Daily message quota exceeded.', 'throttled'],
    ['final', '451 Temporary service failure', 'deferred'],
    ['final', '554 Message rejected: Email address is not verified. The following identities failed', 'policy-refused'],
    ['final', '554 Message rejected: Sending suspended for this account', 'policy-refused'],
    ['final', '552 Message is too long.', 'mail-refused'],
  ],
  'Exchange Online': [
    ['connect', '421 4.3.2 The maximum number of concurrent connections has exceeded a limit', 'unreachable'],
    ['connect', '550 5.7.606 Access denied, banned sending IP', 'service-refused'],
    ['mail', '451 4.7.500 Server busy. Please try again later from here', 'throttled'],
    ['rcpt', '451 4.7.650 The mail server has been temporarily rate limited due to IP reputation', 'throttled'],
    ['rcpt', '451 5.7.509 Server busy. Please try again later (AS780090)', 'throttled'],
    ['rcpt', '550 5.4.1 Recipient address rejected: Access denied', 'recipient-refused'],
    [
      'rcpt',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      'recipient-refused',
    ],
    ['rcpt', '550 5.1.8 Access denied, bad outbound sender', 'service-refused'],
    ['rcpt', '550 5.7.1 Service unavailable, Client host blocked using Spamhaus', 'policy-refused'],
    ['final', '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found', 'recipient-refused'],
    ['final', '550 5.1.90 You have reached your daily limit for message recipients', 'service-refused'],
    ['final', '554 5.2.252 SendAsDenied; not allowed to send as billing', 'service-refused'],
    ['final', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'service-refused'],
    ['final', '550 5.7.705 Access denied, tenant has exceeded threshold', 'service-refused'],
    ['final', '550 5.7.511 Access denied, banned sender', 'service-refused'],
    ['final', '550 5.7.507 Access denied, rejected by recipient', 'policy-refused'],
    ['final', '554 5.2.2 STOREDRV.Deliver; mailbox full', 'deferred'],
    ['final', '550 5.2.122 The recipient has exceeded their limit of messages per hour', 'deferred'],
    ['final', '452 4.3.1 Insufficient system resources', 'deferred'],
  ],
  Yahoo: [
    ['connect', '553 5.7.1 [BL21] Connections will not be accepted', 'service-refused'],
    ['mail', '421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume', 'throttled'],
    ['rcpt', '552 1 Requested mail action aborted, mailbox not found', 'deferred'],
    ['final', '554 5.7.9 Message not accepted for policy reasons', 'policy-refused'],
    ['final', '554 delivery error: dd This user does not have an account', 'policy-refused'],
  ],
  SendGrid: [
    ['auth', '451 Authentication failed: Maximum credits exceeded', 'unreachable'],
    ['mail', '550 Unauthenticated senders not allowed', 'service-refused'],
    ['final', '550 The from address does not match a verified Sender Identity', 'policy-refused'],
  ],
  Postfix: [
    ['connect', '421 4.7.0 here Error: too many connections from there', 'throttled'],
    ['connect', '521 5.3.2 here does not accept mail', 'service-refused'],
    ['mail', '450 4.7.1 Error: too much mail from there', 'throttled'],
    ['mail', '452 4.3.1 Insufficient system storage', 'deferred'],
    ['mail', '552 5.3.4 Message size exceeds fixed limit', 'service-refused'],
    ['rcpt', '450 4.2.0 Recipient address rejected: Greylisted', 'deferred'],
    ['rcpt', '450 4.1.1 Recipient address rejected: unverified address', 'deferred'],
    ['rcpt', '451 4.3.0 Temporary lookup failure', 'deferred'],
    ['rcpt', '454 4.7.1 Relay access denied', 'policy-refused'],
    ['rcpt', '554 5.7.1 Relay access denied', 'policy-refused'],
    ['rcpt', '501 5.1.3 Bad recipient address syntax', 'recipient-refused'],
    ['rcpt', '503 5.5.1 Error: need MAIL command', 'policy-refused'],
    ['rcpt', '550 5.1.1 Recipient address rejected: User unknown in local recipient table', 'recipient-refused'],
    ['rcpt', '550 5.1.2 Recipient address rejected: Domain not found', 'recipient-refused'],
    ['rcpt', '550 5.1.8 Sender address rejected: Domain not found', 'service-refused'],
    ['rcpt', '556 5.1.10 Recipient address rejected: Domain does not accept mail (nullMX)', 'recipient-refused'],
    ['rcpt', '553 5.6.7 address needs SMTPUTF8', 'address-unsupported'],
    ['final', '552 5.3.4 Error: message file too big', 'mail-refused'],
    ['final', '550 5.7.1 Message content rejected', 'policy-refused'],
  ],
  'Exim, Sendmail, Cisco': [
    ['rcpt', '550 Unrouteable address', 'recipient-refused'],
    ['rcpt', '551 User not local; please try elsewhere', 'recipient-refused'],
    ['rcpt', '553 sorry, that domain is not in my list of allowed rcpthosts', 'recipient-refused'],
    ['rcpt', '550 #5.1.0 Address rejected.', 'recipient-refused'],
    ['rcpt', '550 5.3.0 Mail from this system is not taken', 'mail-refused'],
    ['rcpt', '550 #5.7.1 Your access to this mail system has been rejected', 'policy-refused'],
    ['rcpt', '421 here: lost the connection to its files', 'deferred'],
    ['final', '554 5.6.0 Message contains NUL characters', 'mail-refused'],
    ['final', '552 Message size exceeds maximum permitted', 'mail-refused'],
    ['final', '550 This message was classified as SPAM', 'policy-refused'],
  ],
}

const LINE_OF_STAGE = {
  auth: /^AUTH/,
  mail: /^MAIL/,
  rcpt: /^RCPT/,
  data: /^DATA/,
  final: /^\.$/,
} as const

async function outcomeOf(stage: SmtpStage, reply: string) {
  const credentials: Script = stage === 'auth' ? [[/^EHLO/, '250-here\r\n250 AUTH PLAIN']] : []
  const script: Script = stage === 'connect' || stage === 'tls' ? [] : [[LINE_OF_STAGE[stage], reply], ...credentials]
  await using server = await startScriptedSmtp(script, stage === 'connect' ? reply : undefined)
  const url = stage === 'auth' ? server.url.replace('//', '//app:secret@') : server.url
  const transport = createSmtpTransport({ url, maxConnections: 1 })
  onTestFinished(() => transport.close())
  return await transport.send(messageOf())
}

describe.each(Object.entries(REPLIES))('%s', (_provider, replies) => {
  test.each(replies)('at %s, "%s": %s', async (stage, reply, verdict) => {
    const outcome = await outcomeOf(stage, reply)
    expect(outcome).toMatchObject({ kind: 'refused', replyCode: Number(reply.slice(0, 3)) })
    expect(verdictOn(outcome)).toBe(verdict)
  })
})
