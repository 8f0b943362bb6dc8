import type { Command } from 'commander'

/** A command line without the program's name, and what it is for. */
export type Example = readonly [args: string, purpose: string]

/** Ends a command's `--help` with examples. A test tries that each of them is understood. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.flatMap(([args, purpose]) => [`  # ${purpose}`, `  $ credit-reminders ${args}`])
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'))
}
