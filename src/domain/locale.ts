import { remembering } from './memo.ts'

/** A BCP 47 tag in its canonical spelling (RFC 5646, 4.5), or null where the text is none. */
export function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch {
    return null
  }
}

/** The tag that a database means, or null where it is none: databases often hold POSIX spellings, `pt_BR`. */
export function readLocale(text: string): string | null {
  return canonicalLocale(text.replaceAll('_', '-'))
}

/** A locale and the less specific ones that stand in for it: `pt-BR`, `pt` (RFC 4647, 3.4 "lookup"). */
export function lookupChain(tag: string): readonly string[] {
  const parts = tag.split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}

/**
 * The language, of those that there are words in, for a reader of `tag`; null where none would be understood.
 *
 * The reader's own, or a less specific one (RFC 4647, 3.4). Else one of the same language and script by their likely
 * subtags (UTS 35, 4.3): `zh-CN` and `zh-SG` read `zh-Hans`, and `pt` and `pt-PT` read `pt-BR`. Never one in another
 * script: `zh-TW` does not read `zh-Hans`, nor `zh` where that is what the file is called.
 *
 * @param tag in its canonical spelling: `he`, not `iw`
 */
export function languageFor(tag: string, available: readonly string[]): string | null {
  const isReadable = (candidate: string) => hasSameScript(candidate, tag)
  const exact = lookupChain(tag).find((candidate) => available.includes(candidate) && isReadable(candidate))
  return (
    exact ?? available.find((candidate) => languageOf(candidate) === languageOf(tag) && isReadable(candidate)) ?? null
  )
}

function hasSameScript(a: string, b: string): boolean {
  return likely(a).script === likely(b).script
}

function languageOf(tag: string): string {
  return new Intl.Locale(tag).language
}

const MAX_LOCALES = 500

/** A locale with the script and region that its readers most likely mean. */
const likely = remembering(
  MAX_LOCALES,
  (tag: string) => tag,
  (tag) => new Intl.Locale(tag).maximize(),
)
