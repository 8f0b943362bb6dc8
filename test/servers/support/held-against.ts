import type { Judged } from './rspamd.ts'

/** What a filter says of scripts and languages, and not of our mails: the rules, and whose mails meet them. */
export type Prejudices = Readonly<Record<string, 'all' | readonly string[]>>

/** The rules of SpamAssassin 4.0 that take a language for a trick: no mail meets one. */
export const SPAMASSASSIN: Prejudices = {}

/** Those of rspamd 3.4. */
export const RSPAMD: Prejudices = {
  // It takes the vowel signs of a script for letters of another one.
  R_MIXED_CHARSET: ['hi', 'th'],
  // The layout hides what programs without style sheets show, and names the billing page once more than the text does.
  URI_COUNT_ODD: 'all',
  MANY_INVISIBLE_PARTS: 'all',
}

type Limits = Readonly<{ sum: number; rule: number }>

type JudgedMail = Judged & Readonly<{ what: string; locale: string }>

/** What is held against mails above the limits, beside prejudices; and the prejudices that are none any more. */
export function heldAgainst(mails: readonly JudgedMail[], limits: Limits, prejudices: Prejudices): readonly string[] {
  const met = new Set<string>()
  const faults = mails.flatMap(({ what, locale, score, rules }) => {
    const known = Object.keys(rules).filter((rule) => isOf(prejudices[rule], locale))
    for (const rule of known) met.add(prejudices[rule] === 'all' ? rule : `${rule} ${locale}`)
    const rest = score - known.reduce((sum, rule) => sum + (rules[rule] ?? 0), 0)
    const highest = Math.max(0, ...Object.entries(rules).map(([rule, own]) => (known.includes(rule) ? 0 : own)))
    return rest <= limits.sum + ROUNDING && highest <= limits.rule
      ? []
      : [`${what}: ${rest.toFixed(3)} ${JSON.stringify(rules)}`]
  })
  const listed = Object.entries(prejudices).flatMap(([rule, locales]) =>
    locales === 'all' ? [rule] : locales.map((locale) => `${rule} ${locale}`),
  )
  return [...faults, ...listed.filter((each) => !met.has(each)).map((each) => `no longer met: ${each}`)]
}

/** Filters print sums in decimals, of which not all are what binary makes of them. */
const ROUNDING = 0.005

function isOf(locales: Prejudices[string] | undefined, locale: string): boolean {
  return locales === 'all' || locales?.includes(locale) === true
}
