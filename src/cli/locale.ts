import { Option } from 'commander'
import { canonicalLocale, languageFor } from '../domain/locale.ts'
import { UsageError } from '../errors.ts'

/** `--locale TAG`, for commands that write a mail in another language than the rules or the reader ask for. */
export function localeOption(): Option {
  return new Option('--locale <tag>', 'write in this language (BCP 47)').argParser(parseLocale)
}

function parseLocale(text: string): string {
  const tag = canonicalLocale(text)
  if (tag === null) throw new UsageError(`--locale ${text} is no BCP 47 locale; write one such as en or pt-BR`)
  return tag
}

/** Refuses a language that mails cannot be written in, rather than to show another one in its place. */
export function requireLanguage(locale: string | undefined, available: readonly string[]): string | null {
  if (locale === undefined) return null
  if (languageFor(locale, available) !== null) return locale
  throw new UsageError(`--locale ${locale}: there are no mails in this language; there are ${available.join(', ')}`)
}
