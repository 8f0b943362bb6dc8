import type { ForeseenMail } from './dry-run.ts'

/**
 * Which mails of many stand for all, by their places: so many that every sort of mail with every stage, every language,
 * and, as far as there is room, each of these in each language is among them; then the first ones.
 */
export function chooseSamples(mails: readonly ForeseenMail[], most: number): readonly number[] {
  const chosen = new Set<number>()
  for (const keyOf of [stageKey, localeKey, likeness]) {
    const seen = new Set([...chosen].flatMap((index) => mails[index] ?? []).map(keyOf))
    for (const [index, mail] of mails.entries()) {
      if (chosen.size >= most) break
      if (seen.has(keyOf(mail))) continue
      seen.add(keyOf(mail))
      chosen.add(index)
    }
  }
  for (let index = 0; index < mails.length && chosen.size < most; index += 1) chosen.add(index)
  return [...chosen].toSorted((a, b) => a - b)
}

/** What two mails have in common that read alike but for names, amounts and days. */
export function likeness(mail: ForeseenMail): string {
  return `${stageKey(mail)} ${localeKey(mail)}`
}

/** The most urgent line sets the tone. */
function stageKey({ category, lines }: ForeseenMail): string {
  return `${category} ${lines[0]?.stage ?? ''}`
}

function localeKey({ locale }: ForeseenMail): string {
  return locale
}
