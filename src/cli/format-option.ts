import { Option } from 'commander'

/** `--format`: how a command prints its result; the first form where nothing is said. */
export function formatOption(forms: readonly [string, ...string[]]): Option {
  return new Option('--format <format>', 'how to print the result').choices([...forms]).default(forms[0])
}
