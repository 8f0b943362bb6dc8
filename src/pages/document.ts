import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

/** Markup in which all that was put in is escaped. */
export type Html = ReturnType<typeof html>

/** What a document consists of; all but the title is optional. */
export type DocumentParts = Readonly<{
  title: string
  style: string
  /** Runs when everything else has been read; null: the document runs nothing. */
  script: string | null
  /** In order. A long document is a generator, so that it is never whole in memory. */
  body: Iterable<Html>
}>

/**
 * A whole HTML document of one file, piece by piece. It asks nothing of the network: its policy lets in its own style, its
 * own script by its hash (CSP Level 3, 2.3.1), and pictures that it holds itself. A framed document inherits the policy
 * (CSP Level 3, 7.8), so that a mail shown in it loads nothing and follows no link either.
 */
export function* documentPieces({ title, style, script, body }: DocumentParts): Generator<string> {
  yield text(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy(script)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <meta name="robots" content="noindex">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <style>${raw(style)}</style>
  </head>
  <body>
`)
  for (const piece of body) yield `${text(piece)}\n`
  if (script !== null) yield text(html`<script>${raw(script)}</script>\n`)
  yield text(html`  </body>
</html>
`)
}

/** Styles of the document's elements stand in them, and those of framed mails too: neither can load anything. */
function policy(script: string | null): string {
  const scripts = script === null ? [] : [`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`]
  const own = ["style-src 'unsafe-inline'", 'img-src data:', "base-uri 'none'", "form-action 'none'"]
  return ["default-src 'none'", ...scripts, ...own].join('; ')
}

/**
 * Data for a document's script, to stand in `<script type="application/json">`: a block that no browser runs or shows
 * (HTML, 4.12.1). With every `<` written as an escape of JSON, nothing in it can end the block, whatever a name holds.
 */
export function jsonInMarkup(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/** Markup as text. @throws TypeError for markup that still waits for something: a page shows what it is given */
function text(markup: Html): string {
  if (markup instanceof Promise) throw new TypeError('a part of the document is not there yet')
  return markup.toString()
}
