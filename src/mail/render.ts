import { lookupChain } from '../domain/locale.ts'
import type { MailContent } from './content.ts'
import { DEFAULT_LOCALE, loadTemplates, type Templates } from './templates.ts'
import { viewOf } from './view.ts'
import { wrapText } from './wrap-text.ts'

/** A mail's words, ready to be put into a message. */
export type Rendered = Readonly<{ subject: string; html: string; text: string }>

export type Renderer = Readonly<{
  /** Languages that mails can be written in. */
  locales: readonly string[]
  render: (content: MailContent) => Rendered
}>

/** Reads and checks all templates once; from then on a mail costs no file. Throws UsageError for a template at fault. */
export async function createRenderer(templatesFolder: string): Promise<Renderer> {
  const templates = await loadTemplates(templatesFolder)
  return { locales: [...templates.messages.keys()], render: (content) => renderWith(templates, content) }
}

function renderWith(templates: Templates, content: MailContent): Rendered {
  const language = lookupChain(content.locale).find((tag) => templates.messages.has(tag)) ?? DEFAULT_LOCALE
  const messages = templates.messages.get(language)
  if (messages === undefined) throw new Error(`no messages for ${language}`)
  const view = viewOf(content, messages, language)
  return { subject: view.subject, html: templates.html(view), text: wrapText(templates.text(view)) }
}
