import { type Formatters, IntlMessageFormat } from 'intl-messageformat'
import { remembering } from '../domain/memo.ts'
import { UsageError } from '../errors.ts'
import { ARGUMENTS_BY_PHRASE, type Facts, type PhraseName } from './phrases.ts'

/** Says a phrase in one language. */
export type Messages = <Name extends PhraseName>(name: Name, facts: Facts<Name>) => string

/** A few for each language. */
const MAX_FORMATTERS = 500

/** The library's own are found again by writing out, for every plural of every mail, all that was asked for. */
const formatters: Formatters = {
  getPluralRules: remembering(
    MAX_FORMATTERS,
    (locale, options) => `${locale} ${options?.type}`,
    (locale, options) => new Intl.PluralRules(locale, options),
  ),
  getNumberFormat: remembering(
    MAX_FORMATTERS,
    (locale, options) => `${locale} ${JSON.stringify(options)}`,
    (locale, options) => new Intl.NumberFormat(locale, options),
  ),
  getDateTimeFormat: remembering(
    MAX_FORMATTERS,
    (locale, options) => `${locale} ${JSON.stringify(options)}`,
    (locale, options) => new Intl.DateTimeFormat(locale, options),
  ),
}

/**
 * Compiles the phrases of a language, as ICU messages. Whatever is wrong with any of them is found here: a phrase that is
 * missing, or a name in braces, in whichever plural or choice, that the phrase is not given.
 *
 * @param file names the file in faults
 * @throws UsageError with a line for each fault
 */
export function compileMessages(source: string, locale: string, file: string): Messages {
  const texts = parse(source, file)
  const faults: string[] = []
  const compiled = new Map<string, IntlMessageFormat | string>()
  for (const [name, args] of ARGUMENTS_BY_PHRASE) {
    const text = texts[name]
    const place = `${file}:${lineOf(name, source)}`
    if (typeof text !== 'string') {
      faults.push(`${name in texts ? place : file}: the message "${name}" is ${name in texts ? 'no text' : 'missing'}`)
      continue
    }
    try {
      const message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true, formatters })
      const unknown = [...argumentsIn(message.getAst())].filter((arg) => !args.includes(arg))
      faults.push(...unknown.map((arg) => `${place}: the message "${name}" is not given {${arg}}${offer(args)}`))
      // Most of the time of a message without arguments would go into finding that it has none.
      compiled.set(name, message.getAst().every(isLiteral) ? String(message.format()) : message)
    } catch (error) {
      faults.push(`${place}: the message "${name}" is no ICU message: ${wordsOf(error)}`)
    }
  }
  if (faults.length > 0) throw new UsageError(faults)
  return (name, facts) => {
    const message = compiled.get(name)
    if (message === undefined) throw new Error(`no message ${name}`)
    return typeof message === 'string' ? message : String(message.format(facts))
  }
}

function parse(source: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(source)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    throw new UsageError(`${file}: not JSON: ${wordsOf(error)}`)
  }
  throw new UsageError(`${file}: must be an object of messages`)
}

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

/** `TYPE.literal` and `TYPE.pound` of the ICU parser: all else names an argument. */
const LITERAL = 0
const POUND = 7

function isLiteral({ type }: Element): boolean {
  return type === LITERAL
}

function* argumentsIn(elements: readonly Element[]): Generator<string> {
  for (const element of elements) {
    if (element.type === LITERAL || element.type === POUND) continue
    yield element.value
    if ('options' in element) for (const option of Object.values(element.options)) yield* argumentsIn(option.value)
  }
}

function offer(args: readonly string[]): string {
  return args.length === 0 ? '; it is given nothing' : `; it is given ${args.map((arg) => `{${arg}}`).join(', ')}`
}

function lineOf(name: string, source: string): number {
  const index = source.indexOf(JSON.stringify(name))
  return source.slice(0, Math.max(index, 0)).split('\n').length
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error)
}
