import { canonicalLocale, languageFor } from '../domain/locale.ts'
import { remembering } from '../domain/memo.ts'
import type { Brand } from './brand.ts'
import type { MailContent } from './content.ts'
import type { InlineImage } from './inline-image.ts'
import type { Messages } from './messages.ts'
import { DEFAULT_LOCALE, loadTemplates } from './templates.ts'
import { plainWherePossible } from './typography.ts'
import { type MailView, viewOf } from './view.ts'
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
  /** What is the company's own in the look of mails. */
  brand: Brand
  render: (content: MailContent) => Rendered
  /** Pictures that each mail's page shows by their Content-IDs. */
  images: readonly InlineImage[]
  /** The words that a mail is made of. */
  view: (content: MailContent) => MailView
  /** The words for a reader, of mails and of pages: in the default language where there are none in the reader's. */
  wordsFor: (locale: string) => Words
}>

const MAX_LOCALES = 500

/**
 * Reads and checks all templates once; from then on a mail costs no file.
 *
 * @param ownFolder a company's, whose files take the place of the package's
 * @throws UsageError for templates at fault
 */
export async function createRenderer(templatesFolder: string, ownFolder: string | null = null): Promise<Renderer> {
  const { phrasebooks, html, text, brand } = await loadTemplates(templatesFolder, ownFolder)
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
  const { logo } = brand
  const view = (content: MailContent) => {
    const { language, locale, say } = wordsFor(content.locale)
    const branded = logo === null ? content : { ...content, sender: { ...content.sender, logo: logo.shown } }
    return viewOf({ ...branded, locale }, say, language)
  }
  const images = logo === null ? [] : [logo.image]
  const render = (content: MailContent) => {
    const words = view(content)
    return { subject: words.subject, html: html(words), text: plainWherePossible(wrapText(text(words))) }
  }
  return { locales, brand, render, images, view, wordsFor }
}
