import { canonicalLocale, languageFor } from '../domain/locale.ts'
import { remembering } from '../domain/memo.ts'
import type { MailContent } from './content.ts'
import type { Messages } from './messages.ts'
import { DEFAULT_LOCALE, loadTemplates } from './templates.ts'
import { viewOf } from './view.ts'
import { wrapText } from './wrap-text.ts'

/** A mail's words, ready to be put into a message. */
export type Rendered = Readonly<{ subject: string; html: string; text: string }>

/** What a reader is written to with. */
export type Words = Readonly<{
  /** Of the words: the reader's, or what stands in for it. */
  language: string
  /** How numbers, amounts and dates are written: the reader's own where the language is. */
  locale: string
  say: Messages
}>

export type Renderer = Readonly<{
  /** Languages that mails can be written in. */
  locales: readonly string[]
  render: (content: MailContent) => Rendered
  /** The words for a reader, of mails and of pages: in the default language where there are none in the reader's. */
  wordsFor: (locale: string) => Words
}>

const MAX_LOCALES = 500

/** Reads and checks all templates once; from then on a mail costs no file. Throws UsageError for a template at fault. */
export async function createRenderer(templatesFolder: string): Promise<Renderer> {
  const { phrasebooks, html, text } = await loadTemplates(templatesFolder)
  const locales = [...phrasebooks.keys()]
  const wordsFor = remembering(
    MAX_LOCALES,
    (locale: string) => locale,
    (locale): Words => {
      const reader = canonicalLocale(locale) ?? DEFAULT_LOCALE
      const own = languageFor(reader, locales)
      const words =
        own === null ? { language: DEFAULT_LOCALE, locale: DEFAULT_LOCALE } : { language: own, locale: reader }
      const phrasebook = phrasebooks.get(words.language)
      if (phrasebook === undefined) throw new Error(`no phrases of ${words.language}`)
      return { ...words, say: phrasebook(words.locale) }
    },
  )
  const render = (content: MailContent) => {
    const { language, locale, say } = wordsFor(content.locale)
    const view = viewOf({ ...content, locale }, say, language)
    return { subject: view.subject, html: html(view), text: wrapText(text(view)) }
  }
  return { locales, render, wordsFor }
}
