import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { withoutTlsNoise } from './errors.ts'
import { maskText } from './mask.ts'

export type { Logger } from 'pino'

const STDERR = 2
const MAX_MESSAGE_CHARACTERS = 1000

/** Keys that never belong in a log, at the top of an entry and one level down. */
const SECRET_KEYS = [
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
]

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
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
      serializers: { err: safeError, error: safeError },
    },
    { write: (line: string) => destination.write(maskText(line)) },
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
