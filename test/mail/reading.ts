import type { MailContent } from '../../src/mail/content.ts'
import { MAIL_KINDS } from '../../src/mail/content.ts'
import type { Renderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'

/** A mail as it is read: in one line each, its markup taken away and its characters unescaped. */
export type Reading = Readonly<Record<'subject' | 'preheader' | 'heading' | 'page' | 'text', string>>

export function read({ render }: Pick<Renderer, 'render'>, content: MailContent): Reading {
  const { subject, html, text } = render(content)
  const body = html.slice(html.indexOf('<body'))
  return {
    subject,
    preheader: readable(/<div style="display:none[^>]*>(.*?)<\/div>/s.exec(body)?.[1] ?? ''),
    heading: readable(/<h1[^>]*>(.*?)<\/h1>/s.exec(body)?.[1] ?? ''),
    page: readable(body),
    text: oneLine(text),
  }
}

const CHARACTERS: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', '#34': '"', '#39': "'" }

export function readable(markup: string): string {
  return unescaped(oneLine(markup.replace(/<!--.*?-->|<[^>]*>/gs, ' ')))
}

export function oneLine(text: string): string {
  return text.replace(/(?:\s|&nbsp;)+/g, ' ').trim()
}

/** A character as a page has it: `&lt;`. */
export function escaped(character: string): string {
  return `&${Object.keys(CHARACTERS).find((name) => CHARACTERS[name] === character)};`
}

function unescaped(text: string): string {
  return text
    .replace(/&(lt|gt|amp|#34|#39);/g, (_all, name: string) => CHARACTERS[name] ?? '')
    .replaceAll('&nbsp;', '\u00a0')
}

/**
 * One mail of each language and kind, by its file: subject, preheader, the text part, and what the page says, a line for
 * each of its texts. Dates, zone and amounts are those of the samples.
 */
export function goldensOf(renderer: Renderer): ReadonlyMap<string, string> {
  const goldens = new Map<string, string>()
  for (const locale of renderer.locales) {
    for (const kind of MAIL_KINDS) goldens.set(`${locale}.${kind}.txt`, golden(renderer, { ...SAMPLES[kind], locale }))
  }
  return goldens
}

function golden({ render }: Renderer, content: MailContent): string {
  const { subject, html, text } = render(content)
  const [, direction = ''] = /<html ([^>]*?) xmlns=/.exec(html) ?? []
  const [, hidden = '', page = ''] = /<div style="display:none[^>]*>(.*?)<\/div>(.*)<\/body>/s.exec(html) ?? []
  return [`Subject: ${subject}`, `Preheader: ${unescaped(hidden)}`, '', text, `Page (${direction}):`, '', textsOf(page)]
    .join('\n')
    .concat('\n')
}

/** What stands between the tags, a line each. */
function textsOf(markup: string): string {
  const texts = markup.replace(/<!--.*?-->/gs, '').split(/<[^>]*>/)
  return texts
    .map((text) => unescaped(oneLine(text)))
    .filter((text) => text !== '')
    .join('\n')
}
