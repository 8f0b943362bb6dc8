/** A BCP 47 tag in its canonical spelling (RFC 5646, 4.5), or null where the text is none. */
export function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch {
    return null
  }
}

/** A locale and the less specific ones that stand in for it: `pt-BR`, `pt` (RFC 4647, 3.4 "lookup"). */
export function lookupChain(tag: string): readonly string[] {
  const parts = tag.split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}
