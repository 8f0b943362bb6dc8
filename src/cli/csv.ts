import { stringify } from 'csv-stringify/sync'

/** Control characters but for tab and line breaks: no text of a CSV has them (RFC 4180, 2), and a terminal obeys them. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu

/**
 * Rows as CSV (RFC 4180), in the order of the columns. A text that a spreadsheet would take for a formula has an apostrophe
 * before it; of a character that would not show, there is a mark.
 */
export function csvRows<Column extends string>(
  rows: readonly Readonly<Partial<Record<Column, string | null>>>[],
  columns: readonly Column[],
): string {
  const cast = { string: (text: string) => text.replace(CONTROLS, '\ufffd') }
  return stringify([...rows], { columns: [...columns], escape_formulas: true, cast })
}

/** The line of names that comes first. */
export function csvHeadings(columns: readonly string[]): string {
  return stringify([[...columns]])
}
