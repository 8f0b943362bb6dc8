/** Less than this of a text tells nobody what it was. */
const MIN_COLUMNS = 6

/** What a terminal draws two columns wide, and what it draws on the character before. */
const WIDE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{Emoji_Presentation}\uff01-\uff60]/gu
const COMBINING = /[\p{Mn}\p{Me}\u200d]/gu

/** How many columns of a terminal the text takes. */
export function displayWidth(text: string): number {
  const characters = [...text.replace(COMBINING, '')].length
  return characters + (text.match(WIDE)?.length ?? 0)
}

/** The widest cell of each column. */
export function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const [first = []] = rows
  // One by one: as arguments of one call, the rows of a big dry run would be too many.
  return first.map((_cell, column) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? '')), 0),
  )
}

/**
 * Takes columns of text down, the widest first, until all columns together are no wider than there is room for; or as
 * far as they go. What is not in `shrinkable` keeps its width.
 */
export function fitColumns(
  widths: readonly number[],
  { shrinkable, room }: Readonly<{ shrinkable: readonly number[]; room: number }>,
): readonly number[] {
  const fitted = [...widths]
  const widthOf = (column: number) => fitted[column] ?? 0
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const widest = shrinkable.reduce((a, b) => (widthOf(b) > widthOf(a) ? b : a))
    if (widthOf(widest) <= MIN_COLUMNS) break
    fitted[widest] = widthOf(widest) - 1
  }
  return fitted
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
