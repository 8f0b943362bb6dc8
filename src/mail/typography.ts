const UNSPACED_AFTER_SENTENCE = new Set(['ja', 'zh'])

/** What stands between a label and its value: a full-width colon, or one with a space before it, as languages have them. */
export function colonOf(language: string): string {
  const base = baseOf(language)
  if (UNSPACED_AFTER_SENTENCE.has(base)) return '：'
  return base === 'fr' ? '\u00a0: ' : ': '
}

/** Sentences of one paragraph, one after the other. */
export function joinSentences(sentences: readonly string[], language: string): string {
  return sentences.join(UNSPACED_AFTER_SENTENCE.has(baseOf(language)) ? '' : ' ')
}

/** Two full stops, the first of them in a name, which may be set apart for its direction. */
const TWO_STOPS = /(?<!\.)\.(\u2069?)\.(?=\s|$)/g

/** A sentence that ends with the full stop of a name, such as `Acme Inc.`, has no second one. */
export function endedOnce(sentence: string): string {
  return sentence.includes('.') ? sentence.replace(TWO_STOPS, '.$1') : sentence
}

/** The spaces of an amount or a date, but for the one after a weekday and its comma. */
const INNER_SPACE = /(?<!\p{L}[,،]) /gu
const NO_BREAK_SPACE = '\u00a0'

/** An amount or a date that stays in one line; only a weekday before it may stay behind. */
export function unbroken(words: string): string {
  return words.replace(INNER_SPACE, NO_BREAK_SPACE)
}

/** Some character that is neither ASCII nor a no-break space. */
const FURTHER = /[^\p{ASCII}\u00a0]/u

/** Text that is ASCII but for no-break spaces stays ASCII, and so needs no encoding on its way. */
export function plainWherePossible(text: string): string {
  return FURTHER.test(text) ? text : text.replaceAll(NO_BREAK_SPACE, ' ')
}

function baseOf(language: string): string {
  return language.split('-', 1)[0] ?? language
}
