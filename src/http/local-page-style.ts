/**
 * What the pages that a person looks at on the own machine have in common, of the gallery and of the demo's mailbox:
 * light and dark after the reader's setting.
 */
export const LOCAL_PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f5f7, #101418);
  --card: light-dark(#ffffff, #1a2027);
  --ink: light-dark(#1f2328, #e6e9ec);
  --soft: light-dark(#57606a, #a9b4be);
  --rule: light-dark(#d6dbe0, #313a44);
  --link: light-dark(#0b57d0, #7db2ff);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--link); }
`
