import { DependencyError } from '../errors.ts'

/** SQLSTATEs (PostgreSQL, appendix A), system errors and the adapter's own words for a server that is not there. */
const UNREACHABLE =
  /^(?:08...|57P0[1-5]|53300|E(?:CONN|HOST|NET)\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|ENOENT|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/
/** What the pool says, without a code, of a line that broke or never stood; and the server, of a database it has closed. */
const BROKEN_LINE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|database ".+" is not currently accepting connections)/
/** What the driver says, without a code, where the URL asks for TLS. */
const NO_TLS = /^The server does not support SSL connections/
const REFUSED = /^(?:28...|3D000|TlsConnectionError)$/
const MISSING = /^(?:42P01|42703|3F000|42704|42883)$/
const BUSY = /^(?:55P03|57014)$/
const FORBIDDEN = /^(?:42501|25006)$/
const OUR_SCHEMAS = /"(?:reminders|pgboss)[".]/

/**
 * The error as a dependency that is down or not ready, said in one line and without the password; null where it is
 * something else, such as a fault of ours.
 */
export function databaseFault(error: unknown): DependencyError | null {
  const details = detailsOf(error)
  const line = details === null ? null : lineFor(details)
  return line === null ? null : new DependencyError(line, { cause: error })
}

type Details = Readonly<{ code: string; message: string }>

function lineFor({ code, message }: Details): string | null {
  if (UNREACHABLE.test(code) || BROKEN_LINE.test(message)) return `the database cannot be reached: ${message}`
  if (REFUSED.test(code) || NO_TLS.test(message))
    return `the database refuses the connection: ${message}; see DATABASE_URL`
  if (MISSING.test(code)) {
    return OUR_SCHEMAS.test(message)
      ? `the database is not migrated (${message}): run credit-reminders migrate`
      : `the database lacks what is read from it: ${message}; credit-reminders doctor tells what is expected`
  }
  if (BUSY.test(code)) return `the database is busy: ${message}`
  if (FORBIDDEN.test(code)) return `the database role lacks a right: ${message}`
  return null
}

/** What the adapter, the driver or the system said, whichever layer the error came through. */
function detailsOf(error: unknown): Details | null {
  if (!(error instanceof Error)) return null
  const adapterCause = causeInAdapter(error)
  if (adapterCause !== null) return adapterCause
  // Of several addresses tried for one host, the first speaks for all.
  if (error instanceof AggregateError) return detailsOf(error.errors[0])
  return { code: 'code' in error ? String(error.code) : '', message: error.message }
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
