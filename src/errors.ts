/** How a command ends: the contract with shells, cron and supervisors. */
export const EXIT = {
  done: 0,
  /** It ran, but something needs a person: failed mails, a held sweep, a fault of our own. */
  needsPerson: 1,
  /** Bad usage or configuration. */
  usage: 2,
  /** A dependency is down: database, SMTP server. */
  dependency: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An entry of OpenSSL's error queue: thread, number, library, function, the words that tell something, file and line. */
const TLS_NOISE = /\b[\dA-F]+:error:[\dA-F]+:[^:\n]*:[^:\n]*:([^:\n]+):[^\s:]*:\d+:/g
/** What Node adds about its own options. */
const TLS_HINT = /; if the root CA is installed locally, try running Node\.js with --use-system-ca/g

/** The text of an error of TLS with the words only that say what is wrong: `wrong version number`. */
export function withoutTlsNoise(text: string): string {
  return text.replace(TLS_NOISE, '$1').replace(TLS_HINT, '')
}

/** A fault for people: each line says one thing that is wrong, and what to do. */
abstract class FaultInLines extends Error {
  readonly lines: readonly string[]

  constructor(faults: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof faults === 'string' ? [faults] : faults
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

/** The caller asked for something wrong, or a setting is wrong. Exit code 2. */
export class UsageError extends FaultInLines {
  override readonly name = 'UsageError'
}

/** Something that the program rests on is down or not ready: the database, its schema, the SMTP server. Exit code 3. */
export class DependencyError extends FaultInLines {
  override readonly name = 'DependencyError'
}
