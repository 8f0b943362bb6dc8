/** What mail programs of a fixed width show whole, with a mark of quotation before it. */
export const MAX_COLUMNS = 76

/** Shown over two columns (Unicode Standard Annex 11, "wide"): Han, kana, Hangul, their punctuation, full-width forms. */
const WIDE_RANGES: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
]
/** Where none of these is, no character is wide. */
const PERHAPS_WIDE = /[\u1100-\u11ff\u2e80-\uffff]/

/** The columns that a text takes up at most: a mark above or below a letter counts as one, as does half an emoji. */
export function columnsOf(text: string): number {
  if (!PERHAPS_WIDE.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

function columnsOfCharacter(character: string): number {
  const code = character.charCodeAt(0)
  if (character.length > 1 || code < 0x1100) return character.length
  return WIDE_RANGES.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

/** True where a line is whole wherever it is shown. */
export function fitsLine(line: string): boolean {
  return line.length * 2 <= MAX_COLUMNS || columnsOf(line) <= MAX_COLUMNS
}

/** Of scripts that put no space between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
/** An opening bracket stays with what follows it, and other punctuation with what it follows (JIS X 4051, 6.1). */
const OPENING = /[\p{Ps}\p{Pi}\u2068]/u
const FOLLOWING = /[^\p{L}\p{N}\p{Ps}\p{Pi}\u2068]/u

const words = new Intl.Segmenter('und', { granularity: 'word' })
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/**
 * How many code units of a text without spaces go into so many columns, where a line may be broken after them: between
 * words, in a script that has no spaces. 0: none.
 */
export function breakWithin(text: string, maxColumns: number): number {
  if (!UNSPACED.test(text)) return 0
  const segments = words.segment(text)
  for (let at = lengthWithin(text, maxColumns); at > 0; ) {
    const start = segments.containing(at)?.index ?? 0
    if (start > 0 && mayBreakBefore(text, start)) return start
    at = start - 1
  }
  return 0
}

/** Up to the character after it, a place within an amount or a date: `1,200円`, `9月1日`. */
const WITHIN_NUMBER = /[\p{Nd}\u00a0\u202f].$|\p{Nd}[年月]\p{Nd}$/su

/** `$18.00` has words too: only beside a character of such a script is a break one that readers expect. */
function mayBreakBefore(text: string, at: number): boolean {
  const before = text.charAt(at - 1)
  const after = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (OPENING.test(before) || FOLLOWING.test(after)) return false
  if (WITHIN_NUMBER.test(text.slice(Math.max(at - 2, 0), at + 1))) return false
  return UNSPACED.test(before) || UNSPACED.test(after)
}

/** How many code units go into so many columns where nothing better can be done: of whole characters, as they are seen. */
export function cutWithin(text: string, maxColumns: number): number {
  let length = 0
  let columns = 0
  for (const { segment } of graphemes.segment(text)) {
    columns += columnsOf(segment)
    if (columns > maxColumns) break
    length += segment.length
  }
  return length || lengthWithin(text, maxColumns)
}

function lengthWithin(text: string, maxColumns: number): number {
  let length = 0
  let columns = 0
  for (const character of text) {
    columns += columnsOfCharacter(character)
    if (columns > maxColumns) break
    length += character.length
  }
  return length
}
