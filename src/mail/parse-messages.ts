import { IntlMessageFormat } from 'intl-messageformat'
import { didYouMean } from '../config/suggest.ts'
import { UsageError } from '../errors.ts'
import { namesTwice, parseJson } from './parse-json.ts'
import { ARGUMENTS_BY_PHRASE } from './phrases.ts'

/** A piece of an ICU message: text, an argument, a plural or a choice with messages of its own. */
export type Element = ReturnType<IntlMessageFormat['getAst']>[number]

export type ParsedMessage = Readonly<{ text: string; elements: Element[] }>

type ParsedMessages = Readonly<{ messages: ReadonlyMap<string, ParsedMessage>; faults: readonly string[] }>

/**
 * Reads the phrases of a language. A fault is a line that names the file, the line where there is one, and the phrase:
 * one that is missing, is no ICU message, or names in braces, in whichever plural or choice, what the phrase is not given.
 *
 * @param file names the file in faults
 * @throws UsageError where the file is no object in JSON
 */
export function parseMessages(source: string, file: string): ParsedMessages {
  return parse(source, { file, areAll: true })
}

/**
 * Reads the phrases that a company has put in the place of others: as many as it likes, but none that nothing asks for.
 *
 * @throws UsageError where the file is no object in JSON
 */
export function parseOwnMessages(source: string, file: string): ParsedMessages {
  const { messages, faults } = parse(source, { file, areAll: false })
  const known = [...ARGUMENTS_BY_PHRASE.keys()]
  const unknown = Object.keys(textsIn(source, file))
    .filter((name) => !ARGUMENTS_BY_PHRASE.has(name))
    .map((name) => `${file}:${lineOf(name, source)}: no mail asks for the message "${name}"${didYouMean(name, known)}`)
  const twice = namesTwice(source).map(({ name, line }) => `${file}:${line}: "${name}" stands there twice; keep one`)
  return { messages, faults: [...faults, ...unknown, ...twice] }
}

function parse(source: string, { file, areAll }: Readonly<{ file: string; areAll: boolean }>): ParsedMessages {
  const texts = textsIn(source, file)
  const faults: string[] = []
  const messages = new Map<string, ParsedMessage>()
  for (const [name, args] of ARGUMENTS_BY_PHRASE) {
    const text = texts[name]
    const fault = (words: string) => `${file}:${lineOf(name, source)}: the message "${name}" ${words}`
    if (typeof text !== 'string') {
      if (name in texts) faults.push(fault('is no text'))
      else if (areAll) faults.push(`${file}: the message "${name}" is missing`)
      continue
    }
    if (text.trim() === '') faults.push(fault('is empty'))
    try {
      const elements = new IntlMessageFormat(text, 'und', undefined, { ignoreTag: true }).getAst()
      const unknown = [...argumentsIn(elements)].filter((arg) => !args.includes(arg))
      faults.push(...unknown.map((arg) => fault(`is not given {${arg}}${offer(args)}`)))
      faults.push(...datesIn(elements).map((arg) => fault(`formats {${arg}} as a date: it is given in words`)))
      messages.set(name, { text, elements })
    } catch (error) {
      faults.push(fault(`is no ICU message: ${wordsOf(error)}`))
    }
  }
  return { messages, faults }
}

function textsIn(source: string, file: string): Readonly<Record<string, unknown>> {
  const value = parseJson(source, file)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new UsageError(`${file}: must be an object of messages`)
}

/** `TYPE` of the ICU parser: all but text and `#` names an argument. */
export const TYPE = { literal: 0, date: 3, time: 4, select: 5, plural: 6, pound: 7 } as const

/** True for text, which is the same whatever is given. */
export function isLiteral({ type }: Element): boolean {
  return type === TYPE.literal
}

/** The names in braces, in whichever plural or choice; each as often as it stands there. */
export function* argumentsIn(elements: readonly Element[]): Generator<string> {
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound) continue
    yield element.value
    if ('options' in element) for (const option of Object.values(element.options)) yield* argumentsIn(option.value)
  }
}

/** What would fail only where it is said, in the middle of a night. */
function datesIn(elements: readonly Element[]): readonly string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.date || element.type === TYPE.time) return [element.value]
    return 'options' in element ? Object.values(element.options).flatMap(({ value }) => datesIn(value)) : []
  })
}

function offer(args: readonly string[]): string {
  return args.length === 0 ? '; it is given nothing' : `; it is given ${args.map((arg) => `{${arg}}`).join(', ')}`
}

/** Where a phrase stands in its file, counted from 1. */
export function lineOf(name: string, source: string): number {
  const index = source.indexOf(JSON.stringify(name))
  return source.slice(0, Math.max(index, 0)).split('\n').length
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error)
}
