import type SMTPPool from 'nodemailer/lib/smtp-pool'

const CONNECTION_TIMEOUT_MS = 30_000
const GREETING_TIMEOUT_MS = 30_000
/** RFC 5321, 4.5.3.2.6 asks for ten minutes after the final dot; a mail in doubt for longer is dealt with as uncertain. */
const SOCKET_TIMEOUT_MS = 5 * 60_000
const MESSAGES_PER_CONNECTION = 1000
/** A server may close an idle connection just as a mail is assigned to it: nothing was said yet, so another is tried. */
const MAX_REQUEUES = 5

export type PoolOptions = SMTPPool.Options & { maxRequeues: number }

export type PoolSetting = Readonly<{
  url: string
  maxConnections: number
  /** How long a server may stay silent in the middle of the dialogue. */
  silenceMs?: number
}>

/**
 * The options of the pool for SMTP_URL. Without TLS from the first byte (`smtps:`), STARTTLS is required of every host
 * but this machine's own; `?requireTLS=` of the URL, true or false, has the last word.
 */
export function poolOptions({ url, maxConnections, silenceMs = SOCKET_TIMEOUT_MS }: PoolSetting): PoolOptions {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url)
  const secure = protocol === 'smtps:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const required = searchParams.get('requireTLS')
  return {
    pool: true,
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    requireTLS: !secure && (required === null ? !isLoopback(host) : required === 'true'),
    maxConnections,
    maxMessages: MESSAGES_PER_CONNECTION,
    maxRequeues: MAX_REQUEUES,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: silenceMs,
  }
}

/** True for a host that is this machine itself, so that what is said to it passes no network. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
