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

/** The caller asked for something wrong, or a setting is wrong: one line per fault, each saying what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly lines: readonly string[]

  constructor(faults: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof faults === 'string' ? [faults] : faults
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

/** Something that the program rests on is down or not ready: the database, its schema, the SMTP server. Exit code 3. */
export class DependencyError extends Error {
  override readonly name = 'DependencyError'
  readonly lines: readonly string[]

  constructor(faults: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof faults === 'string' ? [faults] : faults
    super(lines.join('\n'), options)
    this.lines = lines
  }
}
