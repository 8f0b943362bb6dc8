export type Direction = 'ltr' | 'rtl'

/** Of text in the Arabic and Hebrew scripts, and in others written from right to left (Unicode Standard Annex 9). */
const RTL_LANGUAGES = new Set(['ar', 'dv', 'fa', 'he', 'ks', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi'])

/** Which way a language is written. */
export function directionOf(language: string): Direction {
  return RTL_LANGUAGES.has(new Intl.Locale(language).language) ? 'rtl' : 'ltr'
}

const RTL_CHARACTER =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u
const LTR_CHARACTER = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u

const FIRST_STRONG_ISOLATE = '\u2068'
const POP_DIRECTIONAL_ISOLATE = '\u2069'

/** A name of others in a sentence: written the other way, it must not pull the words around it along (UAX 9, 2.4.2). */
export function isolated(name: string, dir: Direction): string {
  const goesOtherWay = dir === 'rtl' ? LTR_CHARACTER.test(name) : RTL_CHARACTER.test(name)
  return goesOtherWay ? FIRST_STRONG_ISOLATE + name + POP_DIRECTIONAL_ISOLATE : name
}
