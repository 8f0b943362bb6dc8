import type { Comparison } from './simulation.ts'

const LOCALE = 'en'

/** How many more or fewer mails other rules bring: `28 fewer mails: 105 rather than 133.` */
export function describeMailDifference(before: number, after: number): string {
  if (before === after) return `Both bring as many mails: ${before.toLocaleString(LOCALE)}.`
  const difference = Math.abs(after - before)
  const mails = difference === 1 ? 'mail' : 'mails'
  return `${difference.toLocaleString(LOCALE)} ${after > before ? 'more' : 'fewer'} ${mails}: ${after.toLocaleString(LOCALE)} rather than ${before.toLocaleString(LOCALE)}.`
}

/** Whom they warn no longer, and whom newly, to go on after `Under new.yaml, `. */
export function describeWarnedDifference({ noLongerWarned, newlyWarned }: Comparison): string {
  return `${peopleInWords(noLongerWarned.people)} would no longer be warned of something, and ${peopleInWords(newlyWarned.people)} newly warned.`
}

function peopleInWords(total: number): string {
  if (total === 0) return 'nobody'
  return `${total.toLocaleString(LOCALE)} ${total === 1 ? 'person' : 'people'}`
}
