import { DependencyError, withoutTlsNoise } from '../errors.ts'

/** SQLSTATEs (PostgreSQL, appendix A), system errors and the adapter's own words for a server that is not there. */
const UNREACHABLE =
  /^(?:08...|57P0[1-5]|53300|E(?:CONN|HOST|NET)\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|ENOENT|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/
/** What the pool says, without a code, of a line that broke or never stood; and the server, of a database it has closed. */
const BROKEN_LINE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|database ".+" is not currently accepting connections)/
/** What the driver says, without a code, where the URL asks for TLS. */
const NO_TLS = /^The server does not support SSL connections/
/** Codes with which OpenSSL and Node refuse a certificate; the adapter tells its own, with their words. */
const CERTIFICATE =
  /^(?:CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_(?:VERIFY|GET_ISSUER)\w*|ERR_TLS_CERT_\w+|TlsConnectionError)$/
const REFUSED = /^(?:28...|3D000|EPROTO|ERR_SSL_\w+)$/
/** What the driver says, without a code, of a server that speaks neither Postgres nor TLS. */
const NO_POSTGRES = /^There was an error establishing an SSL connection/
const MISSING = /^(?:42P01|42703|3F000|42704|42883)$/
const BUSY = /^(?:55P03|57014)$/
const READ_ONLY = '25006'
const FORBIDDEN = '42501'
const OUR_SCHEMAS = /"(?:reminders|pgboss)[".]/

type Details = Readonly<{ code: string; message: string }>

/** The first that fits speaks. */
const TROUBLES: readonly Readonly<{ is: (details: Details) => boolean; found: string; advice: string }>[] = [
  {
    is: ({ code, message }) => UNREACHABLE.test(code) || BROKEN_LINE.test(message),
    found: 'the database cannot be reached',
    advice: 'start it, or set DATABASE_URL right',
  },
  {
    is: ({ message }) => NO_TLS.test(message),
    found: 'the database refuses the connection',
    advice: 'let it speak TLS (ssl = on); or, on a network that you trust, set sslmode=disable in DATABASE_URL',
  },
  {
    is: ({ code, message }) => REFUSED.test(code) || NO_POSTGRES.test(message),
    found: 'the database refuses the connection',
    advice: 'see DATABASE_URL',
  },
  {
    is: ({ code }) => CERTIFICATE.test(code),
    found: 'the certificate of the database cannot be trusted',
    advice:
      'use the host name that it is for; for an authority of your own, set NODE_EXTRA_CA_CERTS, or sslrootcert in DATABASE_URL',
  },
  {
    is: ({ code, message }) => MISSING.test(code) && OUR_SCHEMAS.test(message),
    found: 'the database is not migrated',
    advice: 'run credit-reminders migrate',
  },
  {
    is: ({ code }) => MISSING.test(code),
    found: 'the database lacks what is read from it',
    advice: 'credit-reminders doctor tells what is expected',
  },
  { is: ({ code }) => BUSY.test(code), found: 'the database is busy', advice: 'try again when it is less so' },
  {
    is: ({ code }) => code === READ_ONLY,
    found: 'the database takes no writes',
    advice: 'name one that does in DATABASE_URL',
  },
  {
    is: ({ code }) => code === FORBIDDEN,
    found: 'the database role lacks a right',
    advice: 'grant it; docs/operations.md lists what the role needs',
  },
]

/** What is wrong with the database, and what to do about it. */
export type DatabaseTrouble = Readonly<{ found: string; advice: string }>

/**
 * The error as a dependency that is down or not ready, said in one line and without the password; null where it is
 * something else, such as a fault of ours.
 */
export function databaseFault(error: unknown): DependencyError | null {
  const trouble = databaseTrouble(error)
  return trouble === null ? null : new DependencyError(`${trouble.found}; ${trouble.advice}`, { cause: error })
}

/** The two halves of that line. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  const details = detailsOf(error)
  const trouble = details === null ? undefined : TROUBLES.find(({ is }) => is(details))
  if (details === null || trouble === undefined) return null
  return { found: `${trouble.found}: ${withoutTlsNoise(details.message).trim()}`, advice: trouble.advice }
}

/** What the adapter, the driver or the system said, whichever layer the error came through. */
function detailsOf(error: unknown): Details | null {
  if (!(error instanceof Error)) return null
  const adapterCause = causeInAdapter(error)
  if (adapterCause !== null) return adapterCause
  // Of several addresses tried for one host, the first speaks for all.
  if (error instanceof AggregateError) return detailsOf(error.errors[0])
  // The client puts the call before the words of a driver that it does not know.
  const message = error.message.replace(/^\s*Invalid `prisma\.[^`]*` invocation:\s*/, '')
  return { code: 'code' in error ? String(error.code) : '', message }
}

function causeInAdapter(error: Error): Details | null {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: Record<string, unknown> } } }
  const cause = meta?.driverAdapterError?.cause
  if (cause === undefined) return null
  const { kind, originalCode, originalMessage, host, port, reason } = cause
  const place = [host, port].filter((part) => part !== undefined).join(':')
  return {
    code: String(originalCode ?? kind),
    message: String(originalMessage ?? reason ?? (place === '' ? kind : `no answer from ${place}`)),
  }
}
