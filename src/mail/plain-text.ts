/**
 * Control characters, line separators, and the marks that turn the direction of all that follows. The joiners of Persian,
 * of the scripts of India and of emoji are none of these.
 */
export const UNSAFE_CHARACTERS = String.raw`\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff`

const UNSAFE = new RegExp(`[${UNSAFE_CHARACTERS}]+`, 'gu')
/** Text without any of those, and without spaces to be put in order. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Text of others made fit for a line: nothing that breaks or turns it, and cut, between characters, where it is too long. */
export function plainText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters && PLAIN.test(text)) return text
  const clean = text.toWellFormed().replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim()
  if (clean.length <= maxCharacters) return clean
  let cut = ''
  for (const { segment } of graphemes.segment(clean)) {
    if (cut.length + segment.length >= maxCharacters) break
    cut += segment
  }
  return `${cut.trimEnd()}…`
}
