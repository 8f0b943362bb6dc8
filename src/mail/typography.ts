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

function baseOf(language: string): string {
  return language.split('-', 1)[0] ?? language
}
