import type { ImapFlowOptions } from 'imapflow'
import { isLoopback } from './smtp-options.ts'

const CONNECT_TIMEOUT_MS = 30_000
const GREETING_TIMEOUT_MS = 15_000
/** A server that says nothing for so long, with a question open, is given up. */
const SILENCE_TIMEOUT_MS = 60_000
/** Well above what is asked for at once; a server that announces more is broken. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** Where bounces are read. A folder is named by its way from the top: the server has its own sign between the names. */
export type MailboxSetting = Readonly<{
  options: ImapFlowOptions & Readonly<{ host: string; port: number }>
  folder: readonly string[]
  /** Where a report goes when it is dealt with; null: it stays, marked as read. */
  moveTo: readonly string[] | null
}>

/**
 * The setting of BOUNCE_IMAP_URL. Without TLS from the first byte (`imaps:`), STARTTLS is required of every host but this
 * machine's own; `?requireTLS=` of the URL, true or false, has the last word. Certificates are verified.
 */
export function mailboxSetting(url: string): MailboxSetting {
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url)
  const secure = protocol === 'imaps:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const required = searchParams.get('requireTLS') ?? String(!isLoopback(host))
  const folder = namesOf(pathname).map(decodeURIComponent)
  const moveTo = searchParams.get('moveTo')
  return {
    options: {
      host,
      port: port === '' ? (secure ? 993 : 143) : Number(port),
      secure,
      ...(!secure && required === 'true' && { doSTARTTLS: true }),
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: GREETING_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      maxLiteralSize: MAX_ANSWER_BYTES,
    },
    folder: folder.length === 0 ? ['INBOX'] : folder,
    moveTo: moveTo === null ? null : namesOf(moveTo),
  }
}

function namesOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '')
}
