import { html, raw } from 'hono/html'
import { UNSAFE_CHARACTERS } from '../mail/plain-text.ts'
import { type Html, jsonInMarkup } from './document.ts'

/** What a cell shows, a line each; with a number beside it where its text does not sort as it should. */
export type Cell = string | readonly [shown: string, sortBy: number]

export type Row = Readonly<{
  cells: readonly Cell[]
  /** What more there is to say, a line each, shown when the row is opened. */
  notes?: readonly string[]
  /** The framed document that an opened row shows, by its id (`framedDocument`). */
  frame?: string | null
}>

export type Column = Readonly<{
  title: string
  isNumber?: boolean
  /** What its cells show is never broken into lines. */
  isWhole?: boolean
}>

export type DataTable = Readonly<{
  /** Unique in the document. */
  id: string
  /** What its rows are, as in `50 of 1,200 mails`. */
  rowsAre: string
  columns: readonly Column[]
  rows: readonly Row[]
  /** What opening a row is called; null: rows do not open. */
  opening: string | null
}>

/** So many rows stand in the markup, and are read where no script runs; the script shows as many at a time. */
const ROWS_AT_A_TIME = 50
const ROWS_IN_A_PIECE = 500

/** What a browser would show otherwise than it is: control characters, and those that turn the direction of others. */
const UNSHOWABLE = new RegExp(`(?!\n)[${UNSAFE_CHARACTERS}]`, 'gu')

/**
 * A table of any length, which `TABLE_SCRIPT` sorts, searches and turns over. Its rows are data of the script, in pieces;
 * the first stand in the markup too.
 */
export function* dataTable({ id, rowsAre, columns, rows, opening }: DataTable): Generator<Html> {
  yield html`<div data-table="${id}" data-size="${ROWS_AT_A_TIME}" data-rows-are="${rowsAre}"${opening === null ? '' : html` data-opening="${opening}"`}>
<div class="controls" hidden>
  <label>Search the ${rowsAre} <input type="search" autocomplete="off" spellcheck="false"></label>
  <p role="status"></p>
  <button type="button" data-turn="-1">Previous</button>
  <button type="button" data-turn="1">Next</button>
</div>
<div class="wide" role="region" aria-label="Table of ${rowsAre}" tabindex="0">
<table>
<thead><tr>${opening === null ? '' : html`<th scope="col" class="on-screen">${opening}</th>`}${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.title}</th>`)}</tr></thead>
<tbody data-rows>${rows
    .slice(0, ROWS_AT_A_TIME)
    .map(
      ({ cells }) =>
        html`<tr>${opening === null ? '' : html`<td class="on-screen"></td>`}${cells.map((cell, index) => html`<td class="${classOf(columns[index])}"><bdi>${shownIn(cell)}</bdi></td>`)}</tr>`,
    )}</tbody>
</table>
</div>
${rows.length > ROWS_AT_A_TIME ? html`<p class="soft" data-rest>The first ${ROWS_AT_A_TIME} of ${rows.length.toLocaleString('en')} ${rowsAre}; the others show where scripts may run.</p>` : ''}
</div>`
  yield html`<script type="application/json" id="${id}-rows">[`
  for (let start = 0; start < rows.length; start += ROWS_IN_A_PIECE) {
    const piece = rows.slice(start, start + ROWS_IN_A_PIECE).map(compact)
    // Without the brackets around it: it goes on in the next piece.
    yield html`${start === 0 ? '' : ','}${raw(jsonInMarkup(piece).slice(1, -1))}`
  }
  yield html`]</script>`
}

/**
 * A document that an opened row shows in a frame. As data of the script, it costs nothing until it is asked for. Its links
 * lead into new windows, which the frame may not open: a click on one does nothing.
 */
export function framedDocument(id: string, source: string): Html {
  const still = source.replace(/<\/head>/i, () => '<base target="_blank"></head>')
  return html`<script type="application/json" id="frame-${id}">${raw(jsonInMarkup(still))}</script>`
}

function classOf(column: Column | undefined): string {
  if (column?.isNumber === true) return 'number'
  return column?.isWhole === true ? 'whole' : ''
}

function shownIn(cell: Cell): string {
  return showable(typeof cell === 'string' ? cell : cell[0])
}

/** Text of others as it may stand on a page: with what would not show, or would turn the rest, made visible. */
export function showable(text: string): string {
  return text.replace(UNSHOWABLE, '\ufffd')
}

/** `[cells, notes, frame]`: there are many, and names would be most of them. */
function compact({ cells, notes = [], frame = null }: Row): readonly unknown[] {
  return [
    cells.map((cell) => (typeof cell === 'string' ? showable(cell) : [shownIn(cell), cell[1]])),
    notes.map(showable),
    frame,
  ]
}
