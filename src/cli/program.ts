import { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { COMMANDS } from './commands.ts'
import { withExamples } from './examples.ts'
import { printableLines } from './output.ts'
import { packageVersion } from './version.ts'

/** The one command that asks about all the others. */
const ASKS_ABOUT_ALL = 'completion'

/** The program with all commands named, and the one that the arguments call defined in full: a start loads no more. */
export async function buildProgram(args: readonly string[]): Promise<Command> {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'))
  if (first === 'help' && second !== undefined && !COMMANDS.some(({ name }) => name === second)) {
    throw new UsageError(`no command ${second} (credit-reminders --help lists them)`)
  }
  const called = first === 'help' ? second : first
  return called === ASKS_ABOUT_ALL ? buildWholeProgram() : programWith((name) => name === called)
}

/** The program with every command defined. */
export function buildWholeProgram(): Promise<Command> {
  return programWith(() => true)
}

async function programWith(isDefined: (name: string) => boolean): Promise<Command> {
  const program = new Command('credit-reminders')
    .description('Tells customers before and after their prepaid credits expire.')
    .version(await packageVersion(), '-V, --version')
    .exitOverride()
    // Its faults repeat what was typed.
    .configureOutput({ writeErr: (text) => process.stderr.write(printableLines(text)) })
    .showHelpAfterError('(credit-reminders --help shows how)')
    .showSuggestionAfterError()
  withExamples(program, [
    ['demo', 'all of it on this machine, without any setting'],
    ['doctor', 'with your settings: is everything in place, and what is the next step?'],
    ['dry-run', 'whom a run would mail now'],
  ])
  for (const { name, summary, load } of COMMANDS) {
    const command = program
      .command(name)
      .description(summary)
      .showHelpAfterError(`(credit-reminders ${name} --help shows how)`)
    if (isDefined(name)) (await load()).define(command)
  }
  return program
}
