import type { Completed, CompletedCommand, CompletedOption } from './completion-tree.ts'

/** A completion for zsh: a file of `$fpath` under the name `_credit-reminders`, or one to be sourced. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef credit-reminders
# zsh completion of credit-reminders, as "credit-reminders completion zsh" prints it

${commands.map(functionFor).join('\n\n')}

if [[ $funcstack[1] == _credit-reminders ]]; then
  _credit-reminders "$@"
else
  compdef _credit-reminders credit-reminders
fi
`
}

const nameOf = (path: readonly string[]) => ['_credit-reminders', ...path].join('_')

function functionFor(command: CompletedCommand): string {
  const { path, commands, options, arguments: given } = command
  const specs = options.flatMap(optionSpecs)
  if (commands.length > 0) return dispatcher(command, specs)
  const places = given.map(({ name, value, variadic }, place) =>
    quoted(`${variadic ? '*' : place + 1}:${escaped(name)}:${actionFor(value)}`),
  )
  return `${nameOf(path)}() {
  _arguments -s ${[...specs, ...places].join(' \\\n    ')}
}`
}

function dispatcher({ path, commands }: CompletedCommand, specs: readonly string[]): string {
  const described = commands.map(({ name, summary }) => quoted(`${name}:${escaped(summary)}`))
  return `${nameOf(path)}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C ${[...specs, quoted('1: :->command'), quoted('*:: :->rest')].join(' \\\n    ')} && return
  case $state in
    command)
      local -a commands
      commands=(
        ${described.join('\n        ')}
      )
      _describe -t commands command commands
      ;;
    rest) (( $+functions[${nameOf(path)}_$words[1]] )) && ${nameOf(path)}_$words[1] ;;
  esac
}`
}

/** `=` behind a name lets the value follow behind that sign, or as the next word. */
function optionSpecs({ flags, summary, value }: CompletedOption): readonly string[] {
  return flags.map((flag) => {
    if (value === null) return quoted(`${flag}[${escaped(summary)}]`)
    const sign = flag.startsWith('--') ? '=' : '+'
    return quoted(`${flag}${sign}[${escaped(summary)}]:value:${actionFor(value)}`)
  })
}

function actionFor(value: Completed): string {
  if (value.kind === 'words') return `(${value.words.join(' ')})`
  // Not a blank, which shows a message, and keeps zsh from putting in the only option that fits.
  if (value.kind === 'free') return '()'
  return value.kind === 'folder' ? '_files -/' : '_files'
}

const escaped = (text: string) => text.replace(/[\\[\]:]/g, '\\$&')
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
