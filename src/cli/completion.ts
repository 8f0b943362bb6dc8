import { Argument, type Command } from 'commander'
import { ending } from './command.ts'
import { bashCompletion } from './completion-bash.ts'
import { fishCompletion } from './completion-fish.ts'
import { completedCommands } from './completion-tree.ts'
import { zshCompletion } from './completion-zsh.ts'
import { withExamples } from './examples.ts'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

type Shell = keyof typeof SCRIPTS

/**
 * `completion SHELL`: a script that completes commands, options, their choices and the names of files. It is made of the
 * definitions themselves, and asks no program while somebody types ([decision 39](../../docs/decisions/0039-completion-by-script.md)).
 */
export function define(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'which shell it is for').choices(Object.keys(SCRIPTS)))
    .action(ending((shell: Shell) => act(shell, command)))
  withExamples(command, [
    ['completion bash > ~/.local/share/bash-completion/completions/credit-reminders', 'for bash with bash-completion'],
    ['completion zsh > ~/.zsh/completions/_credit-reminders', 'for zsh, in a folder of $fpath'],
    ['completion fish > ~/.config/fish/completions/credit-reminders.fish', 'for fish'],
  ])
}

async function act(shell: Shell, command: Command): Promise<undefined> {
  const program = command.parent
  if (program === null) throw new Error('completion is a command of the program')
  process.stdout.write(SCRIPTS[shell](completedCommands(program)))
}
