import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import pretty from 'pino-pretty'
import { withoutTlsNoise } from './errors.ts'
import { maskText } from './mask.ts'

/** Without children: the fields that these are made with, nobody would look through for secrets. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>

const STDERR = 2
const MAX_MESSAGE_CHARACTERS = 1000

/** Keys that never belong in a log, at the top of an entry and one level down. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'password',
  'pass',
  'secret',
  'token',
  'authorization',
  'cookie',
  'LINK_SECRET',
  'LINK_SECRET_PREVIOUS',
  'linkSecret',
  'linkSecrets',
  'earlierSecrets',
  'DATABASE_URL',
  'SMTP_URL',
  'HEARTBEAT_URL',
  'BOUNCE_IMAP_URL',
  'BOUNCE_WEBHOOK_SECRET',
])
const CENSORED = '***'

const SERIALIZERS = { err: safeError, error: safeError }

type Format = 'json' | 'pretty'

/** Without a format: pretty on a terminal, JSON elsewhere. */
export type LogOptions = Readonly<{ level: string; format?: Format | undefined }>

/** Logs go to stderr: stdout belongs to results. Every finished line is masked, whatever field an address hid in. */
export function createLogger(
  { level, format }: LogOptions,
  destination: DestinationStream = stderrStream(format),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Not pino's `redact`: its paths took nine tenths of the time of a line, and there is a line for each mail.
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
      serializers: SERIALIZERS,
    },
    { write: (line: string) => destination.write(maskText(line)) },
  )
}

type Fields = Readonly<Record<string, unknown>>

/** The entry without what {@link SECRET_KEYS} name. */
function withoutSecrets(entry: Fields): Record<string, unknown> {
  const safe = censored(entry)
  for (const [key, value] of Object.entries(safe)) {
    // What may be told of an error, its serializer says.
    if (!Object.hasOwn(SERIALIZERS, key) && holdsSecret(value)) safe[key] = censored(value)
  }
  return safe
}

function holdsSecret(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => SECRET_KEYS.has(key))
}

function censored(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, SECRET_KEYS.has(key) ? CENSORED : value]),
  )
}

function stderrStream(format: Format = process.stderr.isTTY ? 'pretty' : 'json'): DestinationStream {
  // Synchronous, so that the last words before a crash are written.
  if (format === 'pretty')
    return pretty({ destination: STDERR, sync: true, colorize: process.stderr.hasColors?.() ?? false })
  return pino.destination({ fd: STDERR, sync: true })
}

export type SafeError = Readonly<{ type: string; message: string; code?: string }>

/**
 * What may be told of an error in a log, a page or the ledger: one line, no address, no password, no stack. Some
 * libraries (pg-boss) report plain objects made from an error: what these say counts as much.
 */
export function safeError(error: unknown): SafeError {
  if (!saysMessage(error)) return { type: typeof error, message: oneLine(String(error)) }
  const { name, message, code } = error
  return {
    type: typeof name === 'string' ? name : typeof error,
    message: oneLine(message),
    ...(typeof code === 'string' && { code: maskText(code) }),
  }
}

function saysMessage(error: unknown): error is Readonly<{ message: string; name?: unknown; code?: unknown }> {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
}

function oneLine(text: string): string {
  return maskText(withoutTlsNoise(text)).replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_CHARACTERS)
}
