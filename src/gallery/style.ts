import { LOCAL_PAGE_STYLE } from '../http/local-page-style.ts'

/** The style of the gallery's pages: narrow screens first, light and dark after the reader's setting. */
export const GALLERY_STYLE = `${LOCAL_PAGE_STYLE}
:root {
  --good: light-dark(#1a7f37, #56d364);
  --bad: light-dark(#9a3412, #f0a35e);
}
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header, main, .controls { max-width: 84rem; margin: 0 auto; padding: 0 1rem; }
h1 { margin: 1rem 0 .5rem; font-size: 1.375rem; line-height: 1.3; }
h1 span { color: var(--soft); font-weight: 400; }
h2 { margin: 1.25rem 0 .5rem; font-size: 1.0625rem; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding-bottom: .75rem; }
.choices { display: flex; flex-wrap: wrap; gap: .25rem; }
.choices a { padding: .5rem .75rem; min-height: 2.75rem; border: 1px solid var(--rule); border-radius: .5rem; text-decoration: none; background: var(--card); }
.choices a[aria-current] { border-color: var(--ink); color: var(--ink); font-weight: 600; }
form { display: flex; flex-wrap: wrap; gap: .5rem; }
select, button { font: inherit; min-height: 2.75rem; max-width: 100%; padding: .375rem .75rem; border: 1px solid var(--soft); border-radius: .5rem; color: inherit; background: var(--card); }
button { cursor: pointer; }
main { padding-bottom: 2rem; }
.mail { display: grid; gap: 1rem 1.5rem; grid-template-columns: minmax(0, 1fr); }
.stage { overflow: auto; border: 1px solid var(--rule); border-radius: .75rem; max-width: 100%; }
.stage.light { background: #f3f5f7; }
.stage.dark { background: #0d1117; }
iframe { display: block; margin: 0 auto; border: 0; height: 60rem; }
iframe.phone { width: 375px; }
iframe.desktop { width: 700px; }
.beside, .faults { min-width: 0; }
dl { margin: 0; }
dl div { display: flex; gap: .75rem; padding: .25rem 0; }
dt { flex: 0 0 5.5rem; color: var(--soft); }
dd { margin: 0; min-width: 0; flex: 1; }
.source { margin: .5rem 0 0; }
.source a { display: inline-block; padding: .5rem 0; }
ul { margin: 0; padding: 0; list-style: none; }
li { display: flex; gap: .75rem; padding: .25rem 0; }
li b { flex: 0 0 2.5rem; color: var(--soft); }
li[data-state=ok] b { color: var(--good); }
li[data-state=look] b { color: var(--bad); }
pre { margin: 0; padding: 1rem; font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; background: var(--card); border: 1px solid var(--rule); border-radius: .75rem; }
.remark { grid-column: 1 / -1; margin: 0; color: var(--soft); }
.faults { padding: 1rem; border: 2px solid var(--bad); border-radius: .75rem; background: var(--card); font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.sheet { display: flex; flex-wrap: wrap; gap: 1rem; max-width: none; justify-content: center; }
.sheet section { max-width: 100%; min-width: 0; }
@media (min-width: 64rem) {
  .mail { grid-template-columns: minmax(0, auto) minmax(20rem, 1fr); align-items: start; }
}
`
