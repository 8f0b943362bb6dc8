import type { Argument, Command, Option } from 'commander'

/** What may stand in a place: one of a few words, the path of a file or a folder, or what no shell can know. */
export type Completed =
  | Readonly<{ kind: 'words'; words: readonly string[] }>
  | Readonly<{ kind: 'file' | 'folder' | 'free' }>

/** An option as a shell completes it; `value` is null for one that takes none. */
export type CompletedOption = Readonly<{ flags: readonly string[]; summary: string; value: Completed | null }>

type CompletedArgument = Readonly<{ name: string; value: Completed; variadic: boolean }>

/** A command as a shell completes it. */
export type CompletedCommand = Readonly<{
  /** The words that lead to it: empty for the program itself, `['suppress', 'add']`. */
  path: readonly string[]
  commands: readonly Readonly<{ name: string; summary: string }>[]
  options: readonly CompletedOption[]
  arguments: readonly CompletedArgument[]
}>

/** Every command below this one, itself first, as its own help lists them. */
export function completedCommands(command: Command, path: readonly string[] = []): readonly CompletedCommand[] {
  const help = command.createHelp()
  const below = help.visibleCommands(command)
  const names = below.map((each) => each.name()).filter((name) => name !== 'help')
  const itself = {
    path,
    commands: below.map((each) => ({ name: each.name(), summary: each.description() })),
    options: help.visibleOptions(command).map(completedOption),
    arguments: command.registeredArguments.map(completedArgument),
  }
  return [itself, ...below.flatMap((each) => (each.name() === 'help' ? helpCommand(names, path) : under(each, path)))]
}

/** Each option that takes a value, behind the words that lead to its command: `dry-run --format`. */
export function valuedOptions(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => (value === null ? [] : flags.map((flag) => `${path.join(' ')} ${flag}`))),
  )
}

/** Each step from a command to one of its own: ` suppress` from the program, `suppress add` from there. */
export function steps(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, commands: below }) => below.map(({ name }) => `${path.join(' ')} ${name}`))
}

function under(command: Command, path: readonly string[]): readonly CompletedCommand[] {
  return completedCommands(command, [...path, command.name()])
}

/** Commander makes it, and does not say that its argument is a command. */
function helpCommand(names: readonly string[], path: readonly string[]): CompletedCommand {
  const argument = { name: 'command', value: { kind: 'words', words: names }, variadic: false } as const
  return { path: [...path, 'help'], commands: [], options: [], arguments: [argument] }
}

function completedOption({ short, long, flags, description, argChoices }: Option): CompletedOption {
  const [, placeholder] = /[<[]([\w-]+)/.exec(flags) ?? []
  const given = [short, long].filter((flag) => flag !== undefined)
  return {
    flags: given,
    summary: description,
    value: placeholder === undefined ? null : completedValue(placeholder, argChoices),
  }
}

function completedArgument(argument: Argument): CompletedArgument {
  const { variadic, argChoices } = argument
  return { name: argument.name(), value: completedValue(argument.name(), argChoices), variadic }
}

/** Commands call the place of a path `<file>` or `<folder>`; ids, times and addresses are for nobody to guess. */
function completedValue(placeholder: string, choices: readonly string[] | undefined): Completed {
  if (choices !== undefined) return { kind: 'words', words: choices }
  return { kind: placeholder === 'file' || placeholder === 'folder' ? placeholder : 'free' }
}
