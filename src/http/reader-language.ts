import { parseAccept } from 'hono/utils/accept'
import { canonicalLocale, languageFor } from '../domain/locale.ts'

/**
 * The locales that a browser asks for (RFC 9110, 12.5.4) and that there are words for, the most wanted first.
 *
 * @param available languages that there are words in
 */
export function languagesOf(header: string | undefined, available: readonly string[]): readonly string[] {
  if (header === undefined) return []
  return parseAccept(header)
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q)
    .flatMap(({ type }) => canonicalLocale(type) ?? [])
    .filter((locale) => languageFor(locale, available) !== null)
}
