import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { DependencyError, EXIT, type ExitCode, UsageError } from '../errors.ts'
import { safeError } from '../logger.ts'
import { maskText } from '../mask.ts'
import { endWithoutReader, note, printable, printableLines } from './output.ts'
import { buildProgram } from './program.ts'

/** Runs the command that the arguments name. Never throws: every fault ends as lines on stderr and an exit code. */
export async function main(args: readonly string[]): Promise<void> {
  endWithoutReader(process.stdout)
  endWithoutReader(process.stderr)
  try {
    const program = await buildProgram(args)
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(await asKnownFault(error))
  }
}

/** A database that fails in the middle of a command is a dependency that is down, wherever it was noticed. */
async function asKnownFault(error: unknown): Promise<unknown> {
  if (error instanceof CommanderError || error instanceof UsageError || error instanceof DependencyError) return error
  const { databaseFault } = await import('../store/database-fault.ts')
  return databaseFault(error) ?? error
}

/** How the faults of whoever starts the program without any setting begin. */
const NOT_SET_UP = 'DATABASE_URL is not set'
const FIRST_STEPS =
  'set these in the environment (docs/settings.md); credit-reminders doctor checks them, and credit-reminders demo needs none'

function report(error: unknown): ExitCode {
  // Commander has already printed its own words.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof UsageError || error instanceof DependencyError) {
    for (const line of error.lines) note(printable(line))
    if (error.lines.some((line) => line.startsWith(NOT_SET_UP))) note(FIRST_STEPS)
    return error instanceof UsageError ? EXIT.usage : EXIT.dependency
  }
  const { type, message } = safeError(error)
  note(printable(`internal fault: ${type}: ${message}`))
  if (process.env.CREDIT_REMINDERS_DEBUG === '1') note(printableLines(maskText(inspect(error))))
  else note('set CREDIT_REMINDERS_DEBUG=1 to see where')
  return EXIT.needsPerson
}
