import { LOCAL_PAGE_STYLE } from '../http/local-page-style.ts'

/** The style of the mailbox's pages: narrow screens first, light and dark after the reader's setting. */
export const MAILBOX_STYLE = `${LOCAL_PAGE_STYLE}
:root {
  --hover: light-dark(#eef3fb, #222b35);
}
:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; padding-top: 1rem; }
h1 { margin: 0; font-size: 1.25rem; }
h1 a { color: inherit; text-decoration: none; }
header p, .hint { margin: 0; color: var(--soft); }
main { padding-bottom: 1.5rem; }
.hint { padding: .25rem 0 1rem; font-size: .9375rem; }
.list, article, .empty { background: var(--card); border: 1px solid var(--rule); border-radius: .75rem; overflow: hidden; }
.list { margin: 0; padding: 0; list-style: none; }
.list li + li { border-top: 1px solid var(--rule); }
.list a {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding: .75rem 1rem;
  color: inherit; text-decoration: none;
}
.list a:hover { background: var(--hover); }
.list a > span { min-width: 0; }
.list span > * { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.soft, time { color: var(--soft); font-size: .875rem; }
.words { grid-column: 1 / -1; grid-row: 2; padding-top: .25rem; }
.arrival { text-align: end; }
time { font-variant-numeric: tabular-nums; }
.steps { display: flex; gap: 1.25rem; padding: .25rem 0 .75rem; }
.steps a, .steps span { display: inline-block; padding: .5rem 0; }
.steps a:first-child { margin-right: auto; }
.steps span { color: var(--soft); }
h2 { margin: 0; padding: 1.25rem 1.25rem .5rem; font-size: 1.375rem; line-height: 1.3; }
dl { margin: 0; padding: 0 1.25rem 1rem; }
dl div { display: flex; gap: .75rem; }
dt { flex: 0 0 4.75rem; color: var(--soft); }
dd { margin: 0; min-width: 0; }
.tabs { display: flex; gap: 1.25rem; padding: 0 1.25rem; border-bottom: 1px solid var(--rule); }
.tabs a { padding: .625rem 0; border-bottom: 2px solid transparent; color: var(--soft); text-decoration: none; }
.tabs a[aria-current] { border-color: var(--link); color: var(--ink); font-weight: 600; }
iframe { display: block; width: 100%; height: max(30rem, calc(100dvh - 17rem)); border: 0; }
pre { margin: 0; padding: 1.25rem; font: .9375rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; }
.source { font-size: .8125rem; }
.empty { margin: 1rem 0; padding: 1.25rem; }
@media (min-width: 48rem) {
  .list a { grid-template-columns: 17rem minmax(0, 1fr) auto; gap: 0 1.5rem; }
  .words { grid-column: auto; grid-row: auto; padding: 0; }
}
`
