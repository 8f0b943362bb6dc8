import type { z } from 'zod'
import { ALARM_SETTINGS } from './alarm-schema.ts'
import { POLICY_SETTINGS, RULES_SETTINGS } from './rules-schema.ts'
import { didYouMean, nearestName } from './suggest.ts'
import type { YamlText } from './yaml-text.ts'

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list such as [P30D, P7D]',
  object: 'a mapping',
  record: 'a mapping',
}

const MAX_LINE_CHARACTERS = 400

/** One line per fault, in the order of the file: place, setting, what is wrong and what to do. */
export function faultLines(file: string, yaml: YamlText, issues: readonly z.core.$ZodIssue[]): readonly string[] {
  return issues
    .flatMap((issue) => faultsOf(issue).map(({ path, part, words }) => ({ ...yaml.placeOf(path, part), path, words })))
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, path, words }) => `${file}:${line}:${column}: ${settingName(path)}: ${words}`)
    .map((text) => text.replace(/\s+/g, ' ').slice(0, MAX_LINE_CHARACTERS))
}

type Fault = Readonly<{ path: readonly PropertyKey[]; part: 'key' | 'value'; words: string }>

function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, part: 'value', words: wordsFor(issue) }]
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    part: 'key',
    words: `unknown setting${helpFor(key, issue.path)}`,
  }))
}

function helpFor(key: string, [section]: readonly PropertyKey[]): string {
  if (section === undefined) return helpAtTop(key)
  if (section === 'alarms') return didYouMean(key, ALARM_SETTINGS) || `; there are ${ALARM_SETTINGS.join(', ')}`
  return helpInPolicy(key)
}

function helpAtTop(key: string): string {
  const near = didYouMean(key, RULES_SETTINGS)
  const misplaced = nearestName(key, POLICY_SETTINGS)
  if (near === '' && misplaced !== null) return ` here; ${misplaced} belongs below policies, to a kind or to default`
  return near || `; there are ${RULES_SETTINGS.join(', ')}`
}

function helpInPolicy(key: string): string {
  const near = didYouMean(key, POLICY_SETTINGS)
  const misplaced = nearestName(key, RULES_SETTINGS)
  if (near === '' && misplaced !== null) return ` here; ${misplaced} belongs to the top of the file`
  return near || `; there are ${POLICY_SETTINGS.join(', ')}`
}

/** `policies.purchased.warnBefore[0]` */
function settingName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step}]`
    return name === '' ? String(step) : `${name}.${String(step)}`
  }, '')
}

function wordsFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // The type of a text has words of its own, with an example.
      if (issue.expected === 'string' && issue.message.startsWith('must be')) return issue.message
      return `must be ${EXPECTED[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_key':
      return 'has an empty name'
    default:
      return issue.message
  }
}
