import type { Category } from '../domain/model.ts'

/** What each sort of mail tells, in the words of the table of the terminal. */
export const CATEGORY_TITLES = {
  warning: 'Expiring',
  expired: 'Gone',
  correction: 'Moved to later',
} as const satisfies Record<Category, string>

/** The language of the report; the mails in it are in their readers'. */
export const LOCALE = 'en'

/** `1,200 mails`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString(LOCALE)} ${number === 1 ? one : many}`
}

/** `2026-05-25 12:00 UTC`. */
export function instantInWords(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
