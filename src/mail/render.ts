import { fallbacks } from '../domain/reader.ts'
import type { MailContent } from './content.ts'
import { loadTemplates, type Templates } from './templates.ts'
import { viewOf } from './view.ts'

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
  const language = fallbacks(content.locale).find((tag) => templates.messages.has(tag)) ?? templates.defaultLocale
  const messages = templates.messages.get(language)
  if (messages === undefined) throw new Error(`no messages for ${language}`)
  const view = viewOf(content, messages, language)
  return { subject: view.subject, html: templates.html(view), text: wrap(templates.text(view)) }
}

const MAX_LINE_CHARACTERS = 76

/** Breaks long lines of the text part at spaces; a link stays whole. Runs of empty lines become one. */
function wrap(text: string): string {
  return text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .split('\n')
    .flatMap((line) => (line.length <= MAX_LINE_CHARACTERS ? [line] : wrapLine(line)))
    .join('\n')
}

function wrapLine(line: string): readonly string[] {
  const indent = /^\s*(?:\* )?/.exec(line)?.[0].length ?? 0
  const lines: string[] = []
  let current = line.slice(0, indent)
  for (const word of line.slice(indent).split(' ')) {
    const joined = current.trim() === '' || current === '* ' ? current + word : `${current} ${word}`
    if (joined.length <= MAX_LINE_CHARACTERS || current.trim() === '') current = joined
    else {
      lines.push(current)
      current = ' '.repeat(indent) + word
    }
  }
  return [...lines, current]
}
