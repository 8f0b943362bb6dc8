import { type Formatters, formatToParts, IntlMessageFormat } from 'intl-messageformat'
import { remembering } from '../domain/memo.ts'
import { UsageError } from '../errors.ts'
import { type Element, isLiteral, type ParsedMessage, parseMessages } from './parse-messages.ts'
import type { Facts, PhraseName } from './phrases.ts'
import { endedOnce } from './typography.ts'

/** Says a phrase in one language, with numbers as one reader's region writes them. */
export type Messages = <Name extends PhraseName>(name: Name, facts: Facts<Name>) => string

/** The phrases of a language, for a reader's locale (BCP 47): `ar-EG` has other digits than `ar`. */
export type Phrasebook = (locale: string) => Messages

/** Readers' locales of a language; rows may hold any. */
const MAX_LOCALES = 100

/**
 * Compiles the phrases of a language, as ICU messages: each is parsed once, whoever it is said to.
 *
 * @param language BCP 47; its rules choose the plurals, as its writers did, whatever the reader's region
 * @param file names the file in faults
 * @throws UsageError with a line for each fault
 */
export function compileMessages(source: string, language: string, file: string): Phrasebook {
  const { messages, faults } = parseMessages(source, file)
  if (faults.length > 0) throw new UsageError(faults)
  return phrasebookOf(messages, language)
}

/** The same of phrases that are without fault, and are all there. */
export function phrasebookOf(messages: ReadonlyMap<string, ParsedMessage>, language: string): Phrasebook {
  const compiled = new Map<string, Element[] | string>()
  for (const [name, { elements }] of messages) {
    // Most of the time of a message without arguments would go into finding that it has none.
    compiled.set(name, elements.every(isLiteral) ? format(elements, language, formatters, {}) : elements)
  }
  const ofLanguage = { ...formatters, getPluralRules: (_: unknown, options?: object) => pluralsOf(language, options) }
  return remembering(
    MAX_LOCALES,
    (locale: string) => locale,
    (locale): Messages =>
      (name, facts) => {
        const message = compiled.get(name)
        if (message === undefined) throw new Error(`no message ${name}`)
        return typeof message === 'string' ? message : format(message, locale, ofLanguage, facts)
      },
  )
}

function format(
  elements: Element[],
  locale: string,
  formatters: Formatters,
  facts: Readonly<Record<string, string | number>>,
): string {
  const parts = formatToParts<string>(elements, locale, formatters, IntlMessageFormat.formats, facts)
  // The library joins what stands side by side: mostly, there is one.
  return endedOnce(parts.length === 1 ? String(parts[0]?.value) : parts.map(({ value }) => value).join(''))
}

/** A few for each language and region. */
const MAX_FORMATTERS = 500

const pluralsOf = remembering(
  MAX_FORMATTERS,
  (language: string, options?: Intl.PluralRulesOptions) => `${language} ${options?.type}`,
  (language, options) => new Intl.PluralRules(language, options),
)

/** The library's own are found again by writing out, for every plural of every mail, all that was asked for. */
const formatters: Formatters = {
  getPluralRules: (locale, options) => pluralsOf(String(locale), options),
  getNumberFormat: remembering(
    MAX_FORMATTERS,
    (locale, options) => (options === undefined ? String(locale) : `${locale} ${JSON.stringify(options)}`),
    (locale, options) => new Intl.NumberFormat(locale, options),
  ),
  getDateTimeFormat: remembering(
    MAX_FORMATTERS,
    (locale, options) => `${locale} ${JSON.stringify(options)}`,
    (locale, options) => new Intl.DateTimeFormat(locale, options),
  ),
}
