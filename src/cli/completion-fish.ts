import { type Completed, type CompletedCommand, type CompletedOption, steps, valuedOptions } from './completion-tree.ts'

/** A completion for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# fish completion of credit-reminders, as "credit-reminders completion fish" prints it

# Whether the words before the cursor lead to this command.
function __credit_reminders_at
    set -l tokens (commandline -opc)
    set -l at ''
    set -l option ''
    for token in $tokens[2..-1]
        if test -n "$option"
            set option ''
            continue
        end
        switch "$at $token"
            case ${valuedOptions(commands).map(quoted).join(' ')}
                set option $token
            case '* -*'
            case ${steps(commands).map(quoted).join(' ')}
                set at (string trim -- "$at $token")
        end
    end
    test "$at" = "$argv[1]"
end

complete -c credit-reminders -f
${commands.flatMap(linesFor).join('\n')}
`
}

function linesFor({ path, commands, options, arguments: given }: CompletedCommand): readonly string[] {
  const start = `complete -c credit-reminders -n ${quoted(`__credit_reminders_at ${quoted(path.join(' '))}`)}`
  return [
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}`),
    ...options.map((option) => `${start} ${optionPart(option)}`),
    ...given.flatMap(({ value }) => (value.kind === 'free' ? [] : [`${start} ${valuePart(value)}`])),
  ]
}

function optionPart({ flags, summary, value }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  // -x: and nothing else, no files.
  const taken = value === null ? [] : [value.kind === 'file' ? '-r' : '-x', valuePart(value)]
  return [...names, '-d', quoted(summary), ...taken].filter((part) => part !== '').join(' ')
}

function valuePart(value: Completed): string {
  if (value.kind === 'words') return `-a ${quoted(value.words.join(' '))}`
  if (value.kind === 'file') return '-F'
  return value.kind === 'folder' ? `-a ${quoted('(__fish_complete_directories (commandline -ct))')}` : ''
}

const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`
