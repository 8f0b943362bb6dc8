import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { SuppressionScope } from '../domain/model.ts'
import { directionOf, isolated } from '../mail/direction.ts'
import type { Words } from '../mail/render.ts'
import type { OptOutStanding } from '../store/opt-outs.ts'
import { ACTIONS, FIELDS } from './unsubscribe-form.ts'

const STYLE = `
:root { color-scheme: light dark; accent-color: #1a56db }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 0 auto; padding: 10vh 1.25rem 2rem; color: #1c1f24; background: #fff; overflow-wrap: break-word }
h1 { font-size: 1.5rem; line-height: 1.25 }
fieldset { border: 0; margin: 0 0 .75rem; padding: 0; min-width: 0 }
legend { padding: 0; margin-bottom: .5rem }
label { display: flex; gap: .75rem; align-items: flex-start; padding: .625rem 0; min-height: 44px }
input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0 }
button { font: inherit; font-weight: 600; min-height: 44px; padding: .6rem 1.2rem; border: 1px solid #1a56db; border-radius: .375rem; color: #fff; background: #1a56db; cursor: pointer }
button.quiet { color: #1a56db; background: transparent }
:focus-visible { outline: 3px solid #1a56db; outline-offset: 3px }
@media (prefers-color-scheme: dark) {
  :root { accent-color: #8ab4f8 }
  body { color: #e8eaed; background: #17191d }
  button { color: #10131a; border-color: #8ab4f8; background: #8ab4f8 }
  button.quiet { color: #8ab4f8 }
  :focus-visible { outline-color: #8ab4f8 }
}
`

/** What the pages' own style is known by to a browser that lets no other in (CSP Level 3, 2.3.1). */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

type Html = ReturnType<typeof html>

/** Asks what is to stop. Nothing on it tells whose link it is. */
export function askPage(
  words: Words,
  { sender, stops, hasAddress }: Readonly<{ sender: string; stops: SuppressionScope; hasAddress: boolean }>,
): Html {
  const { say, language } = words
  const radio = (value: string, text: string, isChecked: boolean) =>
    html`<label><input type="radio" name="${FIELDS.reach}" value="${value}"${isChecked ? ' checked' : ''}><span>${text}</span></label>`
  return page(
    words,
    say('page.ask.title', {}),
    html`<form method="post">
<input type="hidden" name="${FIELDS.action}" value="${ACTIONS.stop}">
<fieldset>
<legend>${say('page.ask.text', { sender: isolated(sender, directionOf(language)) })}</legend>
${hasAddress ? radio('address', say('page.ask.address', {}), true) : ''}
${radio('account', say('page.ask.account', {}), !hasAddress)}
</fieldset>
<label><input type="checkbox" name="${FIELDS.final}" value="yes"${stops === 'warnings' ? ' checked' : ''}><span>${say('page.ask.final', {})}</span></label>
<p><button type="submit">${say('page.ask.button', {})}</button></p>
</form>`,
  )
}

/** Says what holds now, and offers to take it back. */
export function donePage(words: Words, { reach, scope }: NonNullable<OptOutStanding>): Html {
  const { say } = words
  return page(
    words,
    say('page.done.title', {}),
    html`<p>${say('page.done.text', { scope: reach, final: scope === 'warnings' ? 'kept' : 'stopped' })}</p>
<form method="post">
<input type="hidden" name="${FIELDS.action}" value="${ACTIONS.undo}">
<p><button type="submit" class="quiet">${say('page.done.undo', {})}</button></p>
</form>`,
  )
}

/** Says one thing: that the reminders go on, that the link is not ours, or that it could not be done now. */
export function plainPage(words: Words, what: 'undone' | 'unknown' | 'failed' | 'busy'): Html {
  const { say } = words
  return page(words, say(`page.${what}.title`, {}), html`<p>${say(`page.${what}.text`, {})}</p>`)
}

function page({ language }: Words, title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`
}
