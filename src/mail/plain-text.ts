/** Control characters, line separators, and the marks that turn the direction of all that follows. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/gu

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Text of others made fit for a line: nothing that breaks or turns it, and cut, between characters, where it is too long. */
export function plainText(text: string, maxCharacters: number): string {
  const clean = text
    .replace(UNSAFE, ' ')
    .replace(/\s{2,}/g, ' ')
    .trim()
  if (clean.length <= maxCharacters) return clean
  const characters = Array.from(graphemes.segment(clean), ({ segment }) => segment)
  if (characters.length <= maxCharacters) return clean
  return `${characters.slice(0, maxCharacters - 1).join('')}…`
}
