import { type Completed, type CompletedCommand, steps, valuedOptions } from './completion-tree.ts'

/**
 * A completion for bash, from 3.2 on (that of macOS), which needs no other package: the script knows all that there is,
 * and starts no program while somebody types.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of credit-reminders, as "credit-reminders completion bash" prints it

_credit_reminders_words() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

# Bash itself completes paths best; before its version 4 it could not be asked to.
_credit_reminders_paths() {
  local IFS=$'\\n'
  if type compopt >/dev/null 2>&1; then
    compopt -o "$1"
  elif [[ $1 == dirnames ]]; then
    COMPREPLY=($(compgen -d -- "$2"))
  else
    COMPREPLY=($(compgen -f -- "$2"))
  fi
}

_credit_reminders() {
  local word=\${COMP_WORDS[COMP_CWORD]} at= option= count=0 i
  COMPREPLY=()
  # Bash makes three words of --option=value.
  [[ $word == = ]] && word=
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == = ]] && continue
    if [[ -n $option ]]; then
      option=
      continue
    fi
    case "$at \${COMP_WORDS[i]}" in
      ${anyOf(valuedOptions(commands))}) option=\${COMP_WORDS[i]} ;;
      *' -'*) ;;
      ${anyOf(steps(commands))}) at="\${at:+$at }\${COMP_WORDS[i]}" count=0 ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [[ -n $option ]]; then
    case "$at $option" in
${cases(commands.flatMap(optionValues))}
    esac
  elif [[ $word == -* ]]; then
    case "$at" in
${cases(commands.map(optionNames))}
    esac
  else
    case "$at:$count" in
${cases(commands.flatMap(places))}
    esac
  fi
}

complete -F _credit_reminders credit-reminders
`
}

type Case = Readonly<{ pattern: string; action: string }>

const cases = (all: readonly Case[]) =>
  all
    .filter(({ action }) => action !== '')
    .map(({ pattern, action }) => `      ${pattern}) ${action} ;;`)
    .join('\n')

const quoted = (text: string) => `'${text}'`
const anyOf = (patterns: readonly string[]) => patterns.map(quoted).join(' | ')

function optionValues({ path, options }: CompletedCommand): readonly Case[] {
  return options.flatMap(({ flags, value }) =>
    value === null
      ? []
      : [{ pattern: anyOf(flags.map((flag) => `${path.join(' ')} ${flag}`)), action: actionFor(value) }],
  )
}

function optionNames({ path, options }: CompletedCommand): Case {
  return { pattern: quoted(path.join(' ')), action: wordsAction(options.flatMap(({ flags }) => flags)) }
}

/** What stands without an option: a command's own commands, or its arguments, one place after the other. */
function places({ path, commands, arguments: given }: CompletedCommand): readonly Case[] {
  const at = path.join(' ')
  if (commands.length > 0)
    return [{ pattern: quoted(`${at}:0`), action: wordsAction(commands.map(({ name }) => name)) }]
  return given.map(({ value, variadic }, place) => ({
    pattern: variadic ? `${quoted(`${at}:`)}*` : quoted(`${at}:${place}`),
    action: actionFor(value),
  }))
}

function actionFor(value: Completed): string {
  if (value.kind === 'words') return wordsAction(value.words)
  if (value.kind === 'free') return ''
  return `_credit_reminders_paths ${value.kind === 'folder' ? 'dirnames' : 'default'} "$word"`
}

const wordsAction = (words: readonly string[]) =>
  words.length === 0 ? '' : `_credit_reminders_words ${quoted(words.join(' '))} "$word"`
