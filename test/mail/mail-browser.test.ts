import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIL_KINDS, type MailContent } from '../../src/mail/content.ts'
import { directionOf } from '../../src/mail/direction.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { templatesFolder } from '../../src/paths.ts'
import { type MailPage, openMailPage } from '../support/mail-page.ts'
import { HOSTILE_NAMES, linesOf, named, warning } from './contents.ts'

const WIDTHS_PX = [320, 375, 700]
const MIN_TEXT_PX = 13
const MIN_BUTTON_PX = 44
const MAX_BYTES = 25 * 1024
/** Gmail cuts a mail off near 102 KB. */
const MAX_HOSTILE_BYTES = 90 * 1024

const renderer = await createRenderer(templatesFolder)
const LANGUAGES = renderer.locales

let mails: MailPage
beforeAll(async () => {
  mails = await openMailPage()
})
afterAll(() => mails[Symbol.asyncDispose]())

/** What a reader of the page sees, and programs that read it out. */
type Facts = Readonly<{
  lang: string
  dir: string
  title: string
  /** Of the mail within the page: webmail drops what stands around it. */
  article: readonly (string | null)[]
  headings: number
  /** Tables that are read out as such. */
  plainTables: number
  smallestTextPx: number
  buttonPx: readonly number[]
  scrollWidthPx: number
  /** Amounts that stand in more than one line. */
  torn: readonly string[]
  /** Texts that do not run in the direction of the language, or do not begin at its edge. */
  astray: readonly string[]
}>

function facts(): Promise<Facts> {
  return mails.page.evaluate(() => {
    const dir = document.documentElement.dir
    const [start, end] = dir === 'rtl' ? ['right', 'left'] : ['left', 'right']
    const edgeOf = (element: Element) => {
      if (element.closest('.button') !== null) return 'center'
      return element.matches('.days') ? end : start
    }
    const sizes: number[] = []
    const astray: string[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { parentElement: element, textContent } = texts.currentNode
      if (element === null || textContent?.trim() === '' || !element.checkVisibility()) continue
      const { fontSize, direction, textAlign } = getComputedStyle(element)
      sizes.push(Number.parseFloat(fontSize))
      const isAddress = element.matches('[dir=ltr]')
      const edge = textAlign.replace('-webkit-', '')
      if ((direction !== dir && !isAddress) || edge !== edgeOf(element))
        astray.push(`${direction} ${edge}: ${textContent}`)
    }
    const article = document.querySelector('body > [role=article]')
    return {
      lang: document.documentElement.lang,
      dir,
      title: document.title,
      article: [article?.getAttribute('lang') ?? null, article?.getAttribute('dir') ?? null],
      headings: document.querySelectorAll('h1').length,
      plainTables: document.querySelectorAll('table:not([role=presentation])').length,
      smallestTextPx: Math.min(...sizes),
      buttonPx: [...document.querySelectorAll('.button a')].map((button) => button.getBoundingClientRect().height),
      scrollWidthPx: document.documentElement.scrollWidth,
      torn: [...document.querySelectorAll('.amount')]
        .filter((amount) => {
          // Runs of either direction are boxes of their own, and may be of fonts of their own.
          const tops = [...amount.getClientRects()].map(({ top }) => top)
          return Math.max(...tops) - Math.min(...tops) > 15
        })
        .map(({ textContent }) => textContent ?? ''),
      astray,
    }
  })
}

/** Looks at the mail that is open in every width. */
async function expectFit(content: MailContent, colorScheme: 'light' | 'dark') {
  for (const width of WIDTHS_PX) {
    await mails.turn({ width, colorScheme })
    const { smallestTextPx, buttonPx, scrollWidthPx, astray } = await facts()
    expect({ width, scrollWidthPx, astray }).toEqual({ width, scrollWidthPx: width, astray: [] })
    expect(smallestTextPx).toBeGreaterThanOrEqual(MIN_TEXT_PX)
    expect(buttonPx).toHaveLength(content.billingUrl === null ? 0 : 1)
    for (const height of buttonPx) expect(height).toBeGreaterThanOrEqual(MIN_BUTTON_PX)
  }
}

describe.each(LANGUAGES)('the mails in %s', (locale) => {
  test('are for everybody to read, at every width, in light and dark, without asking the network', async () => {
    for (const kind of MAIL_KINDS) {
      const content = { ...SAMPLES[kind], locale }
      const { html, subject } = renderer.render(content)
      const dir = directionOf(locale)
      await mails.show(html, { width: 375 })
      expect(await facts()).toMatchObject({
        lang: locale,
        dir,
        title: subject,
        article: [locale, dir],
        headings: 1,
        plainTables: 0,
      })
      expect(await mails.faults()).toEqual([])
      await expectFit(content, 'light')
      await mails.turn({ width: 320 })
      expect((await facts()).torn).toEqual([])
      await mails.turn({ width: 375, colorScheme: 'dark' })
      // Of all that axe looks at, the dark changes colours only.
      expect(await mails.faults(['color-contrast'])).toEqual([])
      await expectFit(content, 'dark')
    }
    mails.expectNoRequests()
  })

  test('are light enough not to be cut off, even with 60 lines of hostile names', () => {
    const bytesOf = (content: MailContent) => Buffer.byteLength(renderer.render({ ...content, locale }).html)
    for (const kind of MAIL_KINDS) expect(bytesOf(SAMPLES[kind])).toBeLessThanOrEqual(MAX_BYTES)
    for (const name of Object.values(HOSTILE_NAMES)) {
      expect(bytesOf(named(name, warning({ lines: linesOf(60) })))).toBeLessThanOrEqual(MAX_HOSTILE_BYTES)
    }
  })
})

describe('the most different mails', () => {
  const EXTREMES: readonly MailContent[] = [
    ...TRIAL_CONTENTS,
    named('W'.repeat(200), warning({ lines: linesOf(3) })),
    { ...named('W'.repeat(200), warning({ lines: linesOf(3) })), locale: 'ar' },
  ]

  test('are for everybody to read too, at every width, in light and dark', async () => {
    for (const content of EXTREMES) {
      await mails.show(renderer.render(content).html, { width: 320 })
      expect(await mails.faults()).toEqual([])
      await expectFit(content, 'light')
      await mails.turn({ width: 320, colorScheme: 'dark' })
      expect(await mails.faults(['color-contrast'])).toEqual([])
    }
    mails.expectNoRequests()
  })
})

describe.each(['en', 'he'])('in a mail in %s, a hostile name', (locale) => {
  test.each(Object.entries(HOSTILE_NAMES))('of %s is shown as text, in a layout that holds', async (_what, name) => {
    const content = { ...named(name, warning({ lines: linesOf(60) })), locale }
    const { html } = renderer.render(content)
    const structure = (markup: string) => markup.match(/<[a-z!/][^\s>]*/gi)
    expect(structure(html)).toEqual(structure(renderer.render(named('Acme', content)).html))
    await mails.show(html, { width: 320 })
    expect((await facts()).scrollWidthPx).toBe(320)
    const links = await mails.page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
    expect(links).toEqual([content.billingUrl, content.unsubscribeUrl])
    mails.expectNoRequests()
  })
})
