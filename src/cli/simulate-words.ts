import Table from 'cli-table3'
import type { Category } from '../domain/model.ts'
import { columnWidths, fitColumns } from './fit.ts'
import { printable, withoutTrailingBlanks } from './output.ts'
import { BORDERLESS } from './table.ts'

/** The language of the program; the mails are in their readers'. */
export const LOCALE = 'en'

/** What each sort of mail tells. */
export const TITLES = { warning: 'Expiring', expired: 'Gone', correction: 'Moved to later' } as const satisfies Record<
  Category,
  string
>

/** `1,200 mails`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString(LOCALE)} ${number === 1 ? one : many}`
}

const MAX_CELL_CHARACTERS = 40

/** Text of others for a cell: what is too long is cut. */
export function shorten(text: string): string {
  const characters = [...printable(text)]
  if (characters.length <= MAX_CELL_CHARACTERS) return characters.join('')
  return `${characters.slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`
}

const MAX_NAME_CHARACTERS = 28

/** The name of a file of rules, for a heading: of a long path, the end tells most. */
export function nameInShort(name: string): string {
  const characters = [...printable(name)]
  if (characters.length <= MAX_NAME_CHARACTERS) return characters.join('')
  return `…${characters.slice(1 - MAX_NAME_CHARACTERS).join('')}`
}

/** Blanks on both sides of a cell, and the one between two cells. */
const PADDING = 2
const GAP = 1
/** What the library draws at a time: its work grows with the square of a table's length. */
const MAX_ROWS_AT_A_TIME = 250

type Drawing = Readonly<{
  /** The columns that stand at the right of their width. */
  numbers: readonly number[]
  /** Those that are cut where the terminal is narrow. */
  shrinkable: readonly number[]
  /** Of the terminal; null: none sets a limit. */
  width: number | null
}>

/** How wide a table of such columns is. */
export function tableWidth(rows: readonly (readonly string[])[]): number {
  const widths = columnWidths(rows)
  return widths.reduce((sum, each) => sum + each + PADDING + GAP, 0)
}

/** Rows as a table without lines, in as much room as there is. */
export function drawTable(
  rows: readonly (readonly string[])[],
  { numbers, shrinkable, width }: Drawing,
): readonly string[] {
  const wide = columnWidths(rows)
  const room = width === null ? Number.POSITIVE_INFINITY : width - wide.length * (PADDING + GAP) + GAP + 1
  const fitted = fitColumns(wide, { shrinkable, room })
  const parts = Array.from({ length: Math.ceil(rows.length / MAX_ROWS_AT_A_TIME) }, (_, part) =>
    rows.slice(part * MAX_ROWS_AT_A_TIME, (part + 1) * MAX_ROWS_AT_A_TIME),
  )
  return parts.flatMap((part) => {
    const table = new Table({
      style: { head: [], border: [], compact: true },
      chars: BORDERLESS,
      colAligns: fitted.map((_, column) => (numbers.includes(column) ? 'right' : 'left')),
      colWidths: fitted.map((columns) => columns + PADDING),
    })
    table.push(...part.map((row) => [...row]))
    return withoutTrailingBlanks(table.toString()).split('\n')
  })
}
