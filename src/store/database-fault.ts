import { DependencyError, withoutTlsNoise } from '../errors.ts'

/** SQLSTATEs (PostgreSQL, appendix A), system errors and the adapter's own words for a server that is not there. */
const UNREACHABLE =
  /^(?:08...|57P0[1-5]|E(?:CONN|HOST|NET)\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|ENOENT|DatabaseNotReachable|ConnectionClosed|SocketTimeout)$/
/** What the pool says, without a code, of a line that broke or never stood; and the server, of a database it has closed. */
const BROKEN_LINE =
  /^(?:Connection terminated|Client (?:has encountered a connection error|was closed) and is not queryable|timeout exceeded when trying to connect|database ".+" is not currently accepting connections)/
/** What the driver says, without a code, where the URL asks for TLS. */
const NO_TLS = /^The server does not support SSL connections/
/** Codes with which OpenSSL and Node refuse a certificate; the adapter tells its own, with their words. */
const CERTIFICATE =
  /^(?:CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_(?:VERIFY|GET_ISSUER)\w*|ERR_TLS_CERT_\w+|TlsConnectionError)$/
const REFUSED = /^(?:28...|3D000|EPROTO|ERR_SSL_\w+)$/
/** What the driver says, without a code, of a server that speaks neither Postgres nor TLS. */
const NO_POSTGRES = /^There was an error establishing an SSL connection/
const MISSING = /^(?:42P01|42703|3F000|42704|42883)$/
/** A statement or transaction that took too long; with the client's own code for one that could not begin, or end, in time. */
const BUSY = /^(?:55P03|57014|25P0[34]|P2028)$/
/** Deadlock and serialization failure: of those that were in each other's way, the server let another one go first. */
const CONFLICT = /^(?:40001|40P01|TransactionWriteConflict|P2034)$/
const TOO_MANY = /^(?:53300|TooManyConnections|P2037)$/
/** Disk full, out of memory, a configured limit. */
const NO_ROOM = /^53[124]00$/
const READ_ONLY = '25006'
const TIMED_OUT = '57014'
const FORBIDDEN = '42501'
const OUR_SCHEMAS = /"(?:reminders|pgboss)[".]/

type Details = Readonly<{ code: string; message: string }>

/**
 * The first that fits speaks. One that `passes` goes by itself, or when somebody minds the server; of the others, only a
 * change on our side rids us.
 */
const TROUBLES: readonly Readonly<{
  is: (details: Details) => boolean
  found: string
  advice: string
  passes: boolean
}>[] = [
  {
    is: ({ code, message }) => UNREACHABLE.test(code) || BROKEN_LINE.test(message),
    found: 'the database cannot be reached',
    advice: 'start it, or set DATABASE_URL right',
    passes: true,
  },
  {
    is: ({ code }) => TOO_MANY.test(code),
    found: 'the database has no connection left for us',
    advice: 'let it allow more (max_connections, or the limit of the role), or end some that others hold',
    passes: true,
  },
  {
    is: ({ message }) => NO_TLS.test(message),
    found: 'the database refuses the connection',
    advice: 'let it speak TLS (ssl = on); or, on a network that you trust, set sslmode=disable in DATABASE_URL',
    passes: false,
  },
  {
    is: ({ code, message }) => REFUSED.test(code) || NO_POSTGRES.test(message),
    found: 'the database refuses the connection',
    advice: 'see DATABASE_URL',
    passes: false,
  },
  {
    is: ({ code }) => CERTIFICATE.test(code),
    found: 'the certificate of the database cannot be trusted',
    advice:
      'use the host name that it is for; for an authority of your own, set NODE_EXTRA_CA_CERTS, or sslrootcert in DATABASE_URL',
    passes: false,
  },
  {
    is: ({ code, message }) => MISSING.test(code) && OUR_SCHEMAS.test(message),
    found: 'the database is not migrated',
    advice: 'run credit-reminders migrate',
    passes: false,
  },
  {
    is: ({ code }) => MISSING.test(code),
    found: 'the database lacks what is read from it',
    advice: 'credit-reminders doctor tells what is expected',
    passes: false,
  },
  {
    is: ({ code }) => BUSY.test(code),
    found: 'the database is busy',
    advice: 'try again when it is less so',
    passes: true,
  },
  {
    is: ({ code }) => CONFLICT.test(code),
    found: 'the database let other work go first',
    advice: 'try again',
    passes: true,
  },
  {
    is: ({ code }) => NO_ROOM.test(code),
    found: 'the database has run out of room',
    advice: 'give it more disk or memory',
    passes: true,
  },
  {
    is: ({ code }) => code === READ_ONLY,
    found: 'the database takes no writes',
    advice: 'name one that does in DATABASE_URL',
    // Of a server that is about to become the first one, after the loss of another.
    passes: true,
  },
  {
    is: ({ code }) => code === FORBIDDEN,
    found: 'the database role lacks a right',
    advice: 'grant it; docs/operations.md lists what the role needs',
    passes: false,
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
  const [details, trouble] = troubleOf(error)
  if (details === null || trouble === undefined) return null
  return { found: `${trouble.found}: ${withoutTlsNoise(details.message).trim()}`, advice: trouble.advice }
}

/** True for a trouble of the database's that may be over when the same is tried once more. */
export function isPassing(error: unknown): boolean {
  const [, trouble] = troubleOf(error instanceof DependencyError ? error.cause : error)
  return trouble?.passes ?? false
}

/** True for a statement that was ended because it took longer than it was given (`statement_timeout`). */
export function isTimedOut(error: unknown): boolean {
  return detailsOf(error)?.code === TIMED_OUT
}

function troubleOf(error: unknown) {
  const details = detailsOf(error)
  return [details, details === null ? undefined : TROUBLES.find(({ is }) => is(details))] as const
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
  type AdapterError = { cause?: Record<string, unknown> }
  const { meta } = error as { meta?: { driverAdapterError?: AdapterError } }
  // What begins or ends a transaction throws the adapter's error as it is.
  const cause = (meta?.driverAdapterError ?? (error.name === 'DriverAdapterError' ? (error as AdapterError) : null))
    ?.cause
  if (cause === undefined) return null
  const { kind, originalCode, originalMessage, host, port, reason } = cause
  const place = [host, port].filter((part) => part !== undefined).join(':')
  return {
    code: String(originalCode ?? kind),
    message: String(originalMessage ?? reason ?? (place === '' ? kind : `no answer from ${place}`)),
  }
}
