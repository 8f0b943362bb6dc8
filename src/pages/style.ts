import { LOCAL_PAGE_STYLE } from '../http/local-page-style.ts'

/** Colours of a chart's series, each with enough contrast to the card it is drawn on (WCAG 2.2, 1.4.11). */
export const SERIES_COLOURS = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)'] as const

/** The style of documents of one file: narrow screens first, light and dark after the reader's setting, and paper. */
export const DOCUMENT_STYLE = `${LOCAL_PAGE_STYLE}
:root {
  --good: light-dark(#1a7f37, #56d364);
  --bad: light-dark(#9a3412, #f0a35e);
  --series-1: light-dark(#0b57d0, #7db2ff);
  --series-2: light-dark(#b4560f, #f0a35e);
  --series-3: light-dark(#57606a, #a9b4be);
  --series-4: light-dark(#1a7f37, #56d364);
}
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 2rem; }
footer { padding-bottom: 2rem; color: var(--soft); }
h1 { margin: 1.25rem 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .5rem; font-size: 1.125rem; line-height: 1.3; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
p { margin: 0 0 .5rem; }
/* For those who hear the page. */
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.card { margin: 1rem 0 0; padding: 1rem; border: 1px solid var(--rule); border-radius: .75rem; background: var(--card); }
/* What it comes to is read first, and its colour seen before it is read. */
.card.verdict { border-left: .5rem solid var(--good); color: var(--ink); }
.card.verdict.bad { border-color: var(--bad); }
.card.verdict.quiet { border-left-color: var(--soft); }
/* An amount far from what it is of is read with a finger. */
.verdict table { max-width: 44rem; }
.verdict strong { font-size: 1.375rem; line-height: 1.3; }
.sign { font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: .75rem 0 0; }
.figures div { min-width: 0; }
.figures + .wide { margin-top: .75rem; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
ul { margin: 0 0 .5rem; padding-left: 1.25rem; }
summary { cursor: pointer; padding: .5rem 0; min-height: 2.75rem; align-content: center; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { padding: .375rem .75rem .375rem 0; text-align: start; vertical-align: top; border-bottom: 1px solid var(--rule); overflow-wrap: break-word; max-width: 24rem; }
td { white-space: pre-line; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
td.number, td.whole { white-space: pre; }
th.group { padding-top: .75rem; color: var(--ink); }
td summary { padding: 0; min-height: 1.5rem; }
td ul { margin: .25rem 0 0; }
[data-table] th, tbody[data-rows] td { vertical-align: middle; }
/* On paper and on a small screen, a long name takes more lines and no more room. */
tbody[data-rows] td:not(.number, .whole, .detail, .on-screen) { min-width: 7.5rem; overflow-wrap: anywhere; }
tbody[data-rows] button { min-height: 2.25rem; padding: .125rem .625rem; }
button, input { font: inherit; min-height: 2.75rem; max-width: 100%; padding: .375rem .75rem; border: 1px solid var(--soft); border-radius: .5rem; color: inherit; background: var(--card); }
button { cursor: pointer; }
button:disabled { cursor: default; color: var(--soft); border-color: var(--rule); }
th button { min-height: 2.25rem; padding: 0 .25rem; border: 0; font-weight: 600; color: var(--soft); background: none; }
th[aria-sort=ascending] button::after { content: ' \\2191' / ''; }
th[aria-sort=descending] button::after { content: ' \\2193' / ''; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .5rem 0; }
.controls label { display: grid; gap: .125rem; color: var(--soft); flex: 0 1 22rem; }
.controls label input { color: var(--ink); }
.controls p { margin: 0; padding: .625rem 0; }
.detail { padding: .5rem 0 1rem; max-width: none; white-space: normal; }
/* However much there is to say, the framed document is not far below. */
.detail ul:not(:last-child) { max-height: 14rem; overflow-y: auto; }
/* Beside a table that is wider than the screen, what a row opens to stays in sight. */
.detail > * { position: sticky; left: 0; max-width: min(100%, 100vw - 4rem); }
.detail iframe { display: block; width: 100%; height: 42rem; max-height: 85vh; border: 1px solid var(--rule); border-radius: .5rem; resize: vertical; }
@media (min-width: 70rem) {
  tbody[data-rows] td:not(.number, .whole, .detail, .on-screen) { min-width: 10rem; }
}
@media (max-width: 40rem) {
  th, td { padding-inline-end: .5rem; }
  .verdict strong { font-size: 1.25rem; }
  /* Figures side by side are compared at a glance: headings take more lines, and all columns are in sight. */
  .beside { font-size: .8125rem; }
  .beside :is(th, td) { padding-inline-end: .375rem; }
  .beside th, [data-table] thead th.number { white-space: normal; }
  .beside th:has(bdi) { min-width: 5.125rem; overflow-wrap: anywhere; }
  [data-table] thead th.number { font-size: .8125rem; }
}
figure { margin: 0; min-width: 0; container-type: inline-size; }
.charts { display: grid; gap: 1rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; }
figure .chart-narrow { display: none; }
@container (max-width: 40rem) {
  figure .chart-wide { display: none; }
  figure .chart-narrow { display: block; }
}
@media print {
  :root { color-scheme: light; }
  body { background: none; font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; }
  .card:not(.verdict) { border: 0; padding: 0; margin-top: 1.25rem; }
  table { font-size: 8.5pt; }
  .controls > :not([role=status]), .on-screen, th button::after { display: none !important; }
  .wide { overflow: visible; }
  h2, figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
}
`
