import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { withoutTlsNoise } from '../errors.ts'
import { isCertificateFault } from './certificate-fault.ts'
import { poolOptions } from './smtp-options.ts'

/** Somebody waits for the answer: less patience than delivery has. */
const TIMEOUT_MS = 10_000

/** What stands between us and the server, by what there is to do about it. */
export type SmtpProblem =
  /** The host name leads nowhere. */
  | 'unknown-host'
  /** Nobody answers, or the line breaks. */
  | 'unreachable'
  /** Connected, and not a word from the server: commonly a port that waits for TLS to begin. */
  | 'no-greeting'
  /** TLS was begun with a server that speaks it only after STARTTLS, or never. */
  | 'no-tls-here'
  | 'starttls-not-offered'
  | 'certificate'
  | 'credentials-refused'
  /** The server said no to something else. */
  | 'refused'

export type SmtpCheck = Readonly<
  | {
      kind: 'ready'
      server: string
      /** `TLSv1.3`; null for a line in the clear. */
      tls: string | null
      /** `not-offered`: we have credentials; `offered`: we have none; `neither`: none are asked for, and none set. */
      authentication: 'done' | 'not-offered' | 'offered' | 'neither'
    }
  | { kind: 'failed'; server: string; problem: SmtpProblem; detail: string }
>

/** Connects, secures the line, logs in as delivery would, and says goodbye: nothing is sent. Never throws. */
export async function checkSmtp({
  url,
  timeoutMs = TIMEOUT_MS,
}: Readonly<{ url: string; timeoutMs?: number }>): Promise<SmtpCheck> {
  const options = {
    ...poolOptions({ url, maxConnections: 1 }),
    // Of two that would end at once, the one that tells more comes first.
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
  }
  const server = `${options.host}:${options.port}`
  const connection = new SMTPConnection(options)
  try {
    await step(connection, (done) => connection.connect(done))
    const { auth } = options
    const { allowsAuth } = connection
    if (auth !== undefined && allowsAuth) await step(connection, (done) => connection.login(auth, done))
    const socket = connection._socket
    return {
      kind: 'ready',
      server,
      tls: socket instanceof TLSSocket ? socket.getProtocol() : null,
      authentication: auth === undefined ? (allowsAuth ? 'offered' : 'neither') : allowsAuth ? 'done' : 'not-offered',
    }
  } catch (error) {
    return { kind: 'failed', server, ...diagnose(error as SmtpError) }
  } finally {
    connection.quit()
  }
}

/** One step of the dialogue; whatever ends the line ends it. */
function step(connection: SMTPConnection, begin: (done: (error?: SmtpError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the server closed the connection')))
    begin((error) => (error ? reject(error) : resolve()))
  })
}

type SmtpError = Error &
  Partial<Record<'code' | 'originalCode' | 'timeoutType' | 'command' | 'response', string | undefined>>

/** The other side's bytes are no TLS. */
const NOT_TLS = /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL))$/

function diagnose(error: SmtpError): Readonly<{ problem: SmtpProblem; detail: string }> {
  const { code = '', originalCode = '', command = '', response, message } = error
  const detail = withoutTlsNoise(response ?? message)
    .replace(/\s+/g, ' ')
    .trim()
  if (code === 'EDNS' || /^(?:ENOTFOUND|EAI_AGAIN)$/.test(originalCode)) return { problem: 'unknown-host', detail }
  if (isCertificateFault(originalCode)) return { problem: 'certificate', detail }
  if (NOT_TLS.test(originalCode)) return { problem: 'no-tls-here', detail }
  if (command === 'STARTTLS' && response !== undefined) return { problem: 'starttls-not-offered', detail }
  if (error.timeoutType?.includes('GREETING')) return { problem: 'no-greeting', detail }
  // RFC 4954, 6: a reply of 4yz is no judgement on the credentials.
  if (code === 'EAUTH' && !/^4/.test(response ?? '')) return { problem: 'credentials-refused', detail }
  return { problem: response === undefined ? 'unreachable' : 'refused', detail }
}
