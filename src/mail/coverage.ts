import { argumentsIn, type Element, lineOf, type ParsedMessage, parseMessages, TYPE } from './parse-messages.ts'
import { COUNTED_UNITS } from './phrases.ts'

/** The languages that mails are written in, as the package ships them: BCP 47, and the names of their files. */
export const SHIPPED_LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'pt-BR',
  'it',
  'nl',
  'pl',
  'tr',
  'ja',
  'ko',
  'zh-Hans',
  'ar',
  'he',
  'fa',
  'hi',
  'th',
  'ru',
  'uk',
  'id',
] as const

/** The language that the others are translated from. */
export const SOURCE_LANGUAGE = 'en'

export type Coverage = Readonly<{
  /** How many of all phrases are there and are ICU messages. */
  phrases: number
  /** The plural categories of the language (CLDR). */
  categories: readonly string[]
  /** A line each: file, line, phrase and what is wrong. */
  holes: readonly string[]
}>

/** Phrases that some languages write as English does. */
const MAY_BE_ENGLISH: ReadonlySet<string> = new Set([
  'testMark',
  'total',
  'stake',
  ...COUNTED_UNITS.map((unit) => `unit.${unit}`),
])

/**
 * What a language lacks: phrases, plural forms that it has (CLDR), choices that the program may make, values that English
 * tells, a translation at all.
 *
 * @param english the phrases of the source language
 * @throws UsageError where the file is no object in JSON
 */
export function coverageOf(
  source: string,
  {
    language,
    file,
    english,
  }: Readonly<{ language: string; file: string; english: ReadonlyMap<string, ParsedMessage> }>,
): Coverage {
  const { messages, faults } = parseMessages(source, file)
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const holes = [...messages].flatMap(([name, message]) => {
    const model = english.get(name)
    const faults = [
      ...formFaults(message.elements, language),
      ...(model === undefined ? [] : translationFaults(name, { message, model, language })),
    ]
    return faults.map((fault) => `${file}:${lineOf(name, source)}: the message "${name}" ${fault}`)
  })
  return { phrases: messages.size, categories, holes: [...faults, ...holes] }
}

const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/

function translationFaults(
  name: string,
  { message, model, language }: Readonly<{ message: ParsedMessage; model: ParsedMessage; language: string }>,
): readonly string[] {
  const used = new Set(argumentsIn(message.elements))
  const unused = [...new Set(argumentsIn(model.elements))].filter((argument) => !used.has(argument))
  const isCopy = language !== SOURCE_LANGUAGE && message.text === model.text && !MAY_BE_ENGLISH.has(name)
  return [
    ...unused.map((argument) => `does not use {${argument}}`),
    ...choiceFaults(message.elements, model.elements),
    ...(isCopy ? ['is still in English'] : []),
    ...(INVISIBLE.test(message.text) ? ['holds a mark of direction, which the program sets itself'] : []),
  ]
}

/** Each choice has the options that English has, wherever it is made. */
function choiceFaults(elements: readonly Element[], model: readonly Element[]): readonly string[] {
  const wanted = new Map<string, Set<string>>()
  for (const { argument, options } of choicesIn(model)) {
    wanted.set(argument, new Set([...(wanted.get(argument) ?? []), ...options]))
  }
  return [...choicesIn(elements)].flatMap(({ argument, options }) => {
    const asked = wanted.get(argument) ?? new Set(options)
    const missing = [...asked].filter((option) => !options.includes(option))
    const unknown = options.filter((option) => !asked.has(option))
    return [
      ...(missing.length > 0 ? [`lacks ${missing.join(', ')} among the choices of {${argument}}`] : []),
      ...(unknown.length > 0
        ? [`has ${unknown.join(', ')} among the choices of {${argument}}, which is never given`]
        : []),
    ]
  })
}

function* choicesIn(
  elements: readonly Element[],
): Generator<Readonly<{ argument: string; options: readonly string[] }>> {
  for (const element of elements) {
    if (!('options' in element)) continue
    const { value: argument, options } = element
    if (element.type === TYPE.select) yield { argument, options: Object.keys(options) }
    for (const { value } of Object.values(options)) yield* choicesIn(value)
  }
}

/** Each plural has all forms of its language; and each `#` stands where a number is written for it. */
function formFaults(elements: readonly Element[], language: string, isInPlural = false): readonly string[] {
  return elements.flatMap((element) => {
    // The library writes the number in a plural itself, and not in a choice within one.
    const isNoNumber =
      element.type === TYPE.literal ? element.value.includes('#') : element.type === TYPE.pound && !isInPlural
    if (isNoNumber) return ['has a # outside of a plural, or in a choice within one']
    if (!('options' in element)) return []
    const own = element.type === TYPE.plural ? pluralFaults(element, language) : []
    const within = Object.values(element.options).flatMap(({ value }) =>
      formFaults(value, language, element.type === TYPE.plural),
    )
    return [...own, ...within]
  })
}

function pluralFaults(element: Extract<Element, { type: typeof TYPE.plural }>, language: string): readonly string[] {
  const { value: argument, pluralType = 'cardinal' } = element
  const categories: readonly string[] = new Intl.PluralRules(language, { type: pluralType }).resolvedOptions()
    .pluralCategories
  const options = Object.keys(element.options)
  const missing = categories.filter((category) => !options.includes(category))
  const unknown = options.filter((option) => !option.startsWith('=') && !categories.includes(option))
  return [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')} in the plural of {${argument}}`] : []),
    ...(unknown.length > 0
      ? [`has ${unknown.join(', ')} in the plural of {${argument}}, which the language has not`]
      : []),
  ]
}
