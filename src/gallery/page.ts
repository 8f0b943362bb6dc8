import { html } from 'hono/html'

export type Html = ReturnType<typeof html>

/** What surrounds each page of the gallery. `data` is for its script. */
export function page(
  { title, edition, spam = '' }: Readonly<{ title: string; edition: string; spam?: string }>,
  content: Html,
): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body data-edition="${edition}" data-spam="${spam}">${content}</body>
</html>`
}

/** Links of which one is where the reader is. */
export function choices(
  label: string,
  entries: readonly Readonly<{ words: string; href: string; isHere: boolean }>[],
): Html {
  return html`<nav class="choices" aria-label="${label}">${entries.map(
    ({ words, href, isHere }) => html`<a href="${href}"${isHere ? html` aria-current="page"` : ''}>${words}</a>`,
  )}</nav>`
}

/** What is wrong with the templates: nothing else can be shown, until it is mended. */
export function brokenPage(faults: readonly string[], edition: string): Html {
  return page(
    { title: 'The templates are at fault', edition },
    html`<header><h1>The templates are at fault</h1></header>
<main>
  <div class="faults" role="alert"><ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul></div>
  <p>This page shows the mails again as soon as it is mended.</p>
</main>`,
  )
}
