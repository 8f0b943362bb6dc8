import { Readable } from 'node:stream'
import SMTPPool from 'nodemailer/lib/smtp-pool'
import type { SendOutcome, SmtpStage } from '../domain/smtp-verdict.ts'
import { withoutTlsNoise } from '../errors.ts'
import { isCertificateFault } from './certificate-fault.ts'
import type { Sign } from './dkim.ts'
import type { OutgoingMessage } from './message.ts'
import { plainText } from './plain-text.ts'
import { type PoolSetting, poolOptions } from './smtp-options.ts'
import { offersSmtpUtf8 } from './smtp-utf8.ts'
import { messageSource } from './source.ts'

/** What came of a message; with it, as the server was given it, where it may have arrived. */
export type Sent = SendOutcome & Readonly<{ source?: Buffer }>

export type SmtpTransport = Readonly<{
  /** Hands one message over. Never throws for what the server or the line does; but where it cannot be signed. */
  send: (message: OutgoingMessage) => Promise<Sent>
  close: () => void
}>

/** A pool of connections to the mail server; what goes over them is signed first, where there is a key for it. */
export function createSmtpTransport(setting: PoolSetting, sign: Sign | null = null): SmtpTransport {
  const options = poolOptions(setting)
  const pool = new SMTPPool(options)
  const utf8 = offersSmtpUtf8(options)
  return {
    send: async (message) => {
      if (needsSmtpUtf8(message.envelope.to)) {
        try {
          if (!(await utf8())) return NO_SMTP_UTF8
        } catch (error) {
          return outcomeOf(error as SmtpError, 'connect')
        }
      }
      let reached: Reached = 'connect'
      const unsigned = messageSource(message)
      const source = sign === null ? unsigned : await sign(unsigned)
      const mail = pooledMail(message, () => {
        // A connection is there and the sender was let in; MAIL is next.
        reached = 'mail'
        return inOnePiece(source).on('end', () => {
          reached = 'final'
        })
      })
      return new Promise((resolve) => {
        pool.send(mail, (error, info) => {
          const outcome = error ? outcomeOf(error, reached) : accepted(info?.response)
          const mayHaveArrived = reached === 'final' && outcome.kind !== 'refused'
          resolve(mayHaveArrived ? { ...outcome, source } : outcome)
        })
      })
    },
    close: () => pool.close(),
  }
}

function accepted(reply = ''): SendOutcome {
  return { kind: 'accepted', reply: fitToKeep(reply) }
}

const NO_SMTP_UTF8: SendOutcome = {
  kind: 'unsupported-address',
  reply: 'the server does not offer SMTPUTF8 (RFC 6531)',
}

/**
 * How far a message came for certain. In `mail`, its transaction had begun and its content was not all handed over; a
 * line that breaks there, the library cannot place better. From `final` on, the server may have taken it, whatever
 * becomes of the line.
 */
type Reached = Extract<SmtpStage, 'connect' | 'mail' | 'final'>

type PooledMail = Parameters<SMTPPool['send']>[0]

/**
 * A finished message as the pool wants it: what nodemailer's documented interface of transports asks of a message, and
 * nothing of the composer and its plugins, which took longer over it than the pool does.
 */
function pooledMail({ envelope, messageId }: OutgoingMessage, createReadStream: () => Readable): PooledMail {
  const message = {
    getEnvelope: () => ({ from: envelope.from, to: [envelope.to] }),
    messageId: () => messageId,
    getHeader: () => messageId,
    createReadStream,
  }
  return { data: dsnOf(messageId), message } as unknown as PooledMail
}

/** RFC 3461, 4.4. */
const MAX_ENVELOPE_ID_CHARACTERS = 100

/**
 * The envelope id, which a bounce repeats whatever else it leaves out (RFC 3464, 2.2.1): the Message-ID without its
 * brackets. Only a server that offers DSN is given it.
 */
function dsnOf(messageId: string): PooledMail['data'] {
  const envid = messageId.slice(1, -1)
  return envid.length > MAX_ENVELOPE_ID_CHARACTERS ? {} : { dsn: { envid } }
}

/** A dozen small writes to the socket would cost as much as all the rest. */
function inOnePiece(source: Buffer): Readable {
  return new Readable({
    read() {
      this.push(source)
      this.push(null)
    },
  })
}

type SmtpError = Error & {
  timeoutType?: string | undefined
  code?: string | undefined
  originalCode?: string | undefined
  command?: string | undefined
  syscall?: string | undefined
  responseCode?: number | undefined
  response?: string | undefined
}

/** Longer than any reply that says something. */
const MAX_REPLY_CHARACTERS = 1000

/** Words of a server, in one line. They are written to the ledger, which refuses a NUL and all that is written with it. */
function fitToKeep(reply: string): string {
  return plainText(reply, MAX_REPLY_CHARACTERS)
}

function outcomeOf(error: SmtpError, reached: Reached): SendOutcome {
  const stage = stageOf(error, reached)
  if (error.responseCode === undefined || error.response === undefined) {
    return { kind: 'broken', stage, reply: fitToKeep(wordsOn(error)) }
  }
  const reply = fitToKeep(error.response)
  const enhancedCode = /^\d{3}[ -]#?([245]\.\d{1,3}\.\d{1,3})\b/.exec(error.response)?.[1] ?? null
  return { kind: 'refused', stage, replyCode: error.responseCode, enhancedCode, reply }
}

/** What broke a line. A code says it all, but for a certificate: which host's, and what is wrong with it, a person has to know. */
function wordsOn({ originalCode, code, message }: SmtpError): string {
  if (isCertificateFault(originalCode)) return `its certificate cannot be trusted: ${withoutTlsNoise(message)}`
  return originalCode ?? code ?? message
}

const STAGE_OF_COMMAND: readonly (readonly [RegExp, SmtpStage])[] = [
  [/^STARTTLS/, 'tls'],
  [/^AUTH/, 'auth'],
  [/^MAIL/, 'mail'],
  [/^RCPT/, 'rcpt'],
  [/^DATA/, 'data'],
]

function stageOf(error: SmtpError, reached: Reached): SmtpStage {
  const { code, command = '' } = error
  if (reached === 'final') return 'final'
  if (code === 'ETLS') return 'tls'
  if (code === 'EAUTH') return 'auth'
  // After an idle connection turned out to be closed, the same message is tried over a new one.
  if (isOfConnecting(error)) return 'connect'
  return STAGE_OF_COMMAND.find(([pattern]) => pattern.test(command))?.[1] ?? reached
}

/** How the pool says that a message was never begun: it found no connection, or was refused one. */
const NEVER_BEGUN = /^(?:Reached maximum number of retries|Invalid greeting)/

function isOfConnecting({ code, syscall, timeoutType, message }: SmtpError): boolean {
  return (
    syscall === 'connect' ||
    code === 'EDNS' ||
    /^(?:CONNECT|GREETING)/.test(timeoutType ?? '') ||
    NEVER_BEGUN.test(message)
  )
}

function needsSmtpUtf8(address: string): boolean {
  return /[^\x20-\x7e]/.test(address)
}
