import { remembering } from '../domain/memo.ts'

export type Direction = 'ltr' | 'rtl'

const MAX_LANGUAGES = 500

/** Which way a language is written (Unicode Standard Annex 9), in the script that the tag names or most likely means. */
export const directionOf = remembering(
  MAX_LANGUAGES,
  (language: string) => language,
  (language): Direction => (new Intl.Locale(language).getTextInfo().direction === 'rtl' ? 'rtl' : 'ltr'),
)

const RTL_SCRIPTS = String.raw`[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]`
const RTL_CHARACTER = new RegExp(RTL_SCRIPTS, 'v')
const LTR_LETTER = new RegExp(String.raw`[\p{L}--${RTL_SCRIPTS}]`, 'v')

const LETTERED_SYMBOL = /[A-Z]+\p{Sc}/gu
const LEFT_TO_RIGHT_MARK = '\u200e'

/** An amount written from the right, whose `CA$` would be torn apart and come out as `$CA` (UAX 9, N2). */
export function withSymbolsWhole(amount: string, dir: Direction): string {
  return dir === 'rtl' ? amount.replace(LETTERED_SYMBOL, `$&${LEFT_TO_RIGHT_MARK}`) : amount
}

const FIRST_STRONG_ISOLATE = '\u2068'
const POP_DIRECTIONAL_ISOLATE = '\u2069'

/** A name of others in a sentence: written the other way, it must not pull the words around it along (UAX 9, 2.4.2). */
export function isolated(name: string, dir: Direction): string {
  const goesOtherWay = dir === 'rtl' ? LTR_LETTER.test(name) : RTL_CHARACTER.test(name)
  return goesOtherWay ? FIRST_STRONG_ISOLATE + name + POP_DIRECTIONAL_ISOLATE : name
}
