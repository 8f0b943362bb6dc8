import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MailContent } from '../../src/mail/content.ts'
import { createRenderer, type Renderer } from '../../src/mail/render.ts'
import { SAMPLE_CONTENTS } from '../../src/mail/samples.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { templatesFolder } from '../../src/paths.ts'
import { openBrowser } from '../support/browser.ts'
import { gone, HOSTILE_NAMES, linesOf, named, warning } from './contents.ts'

const WIDTHS_PX = [320, 375, 700]
const COLOR_SCHEMES = ['light', 'dark'] as const
const MAX_BYTES = 25 * 1024
/** Gmail cuts a mail off near 102 KB. */
const MAX_HOSTILE_BYTES = 90 * 1024

const MAILS: Readonly<Record<string, MailContent>> = {
  'a warning': warning(),
  'a "gone" mail': gone(),
  'a warning of several units': SAMPLE_CONTENTS[0] ?? warning(),
  'a test with all that a mail can have': TRIAL_CONTENTS[0] ?? warning(),
  'a "gone" mail with as little as it can have':
    TRIAL_CONTENTS.findLast(({ category }) => category === 'expired') ?? gone(),
  'a warning full of long names': named('W'.repeat(200), warning({ lines: linesOf(3) })),
}

let browser: Browser
let renderer: Renderer
let axe: string
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  browser = await openBrowser()
  renderer = await createRenderer(templatesFolder)
})
afterAll(() => browser.close())

type View = Readonly<{ width?: number; colorScheme?: 'light' | 'dark' }>

/** Shows a mail to `look`, and returns what it saw; fails where the mail asked the network for anything. */
async function show<T>(html: string, { width = 700, colorScheme = 'light' }: View, look: (page: Page) => Promise<T>) {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
  try {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.setContent(html)
    const seen = await look(page)
    expect(asked).toEqual([])
    return seen
  } finally {
    await page.close()
  }
}

const scrollWidthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth)

describe.each(Object.entries(MAILS))('%s', (_what, content) => {
  test.each(COLOR_SCHEMES)('has nothing that WCAG A and AA object to, at any width, in %s', async (colorScheme) => {
    const { html } = renderer.render(content)
    for (const width of WIDTHS_PX) {
      await show(html, { width, colorScheme }, async (page) => {
        await page.evaluate(axe)
        const { violations, passes } = await page.evaluate(
          (): Promise<AxeResults> =>
            (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run({
              runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            }),
        )
        expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
        expect(passes.map(({ id }) => id)).toContain('color-contrast')
        expect(await scrollWidthOf(page)).toBe(width)
      })
    }
  })

  test('is light enough not to be cut off', () => {
    expect(Buffer.byteLength(renderer.render(content).html)).toBeLessThanOrEqual(MAX_BYTES)
  })

  test('has text that can be read and a button that a finger finds', async () => {
    await show(renderer.render(content).html, { width: 320 }, async (page) => {
      const sizes = await page.evaluate(() => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const found: number[] = []
        while (texts.nextNode()) {
          const { parentElement, textContent } = texts.currentNode
          if (parentElement === null || textContent?.trim() === '' || !parentElement.checkVisibility()) continue
          found.push(Number.parseFloat(getComputedStyle(parentElement).fontSize))
        }
        return found
      })
      expect(sizes.length).toBeGreaterThan(8)
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(13)
      const button = page.locator('.button a')
      expect(await button.count()).toBe(content.billingUrl === null ? 0 : 1)
      if (content.billingUrl !== null) expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
    })
  })

  test('tells programs its language, title and structure', async () => {
    const { html, subject } = renderer.render(content)
    await show(html, {}, async (page) => {
      const facts = await page.evaluate(() => ({
        lang: document.documentElement.lang,
        dir: document.documentElement.dir,
        title: document.title,
        headings: document.querySelectorAll('h1').length,
        plainTables: document.querySelectorAll('table:not([role=presentation])').length,
        sources: document.querySelectorAll('[src], link, script, style[src], [background]').length,
      }))
      expect(facts).toEqual({ lang: 'en', dir: 'ltr', title: subject, headings: 1, plainTables: 0, sources: 0 })
    })
    expect(html).not.toMatch(/url\(|@import|@font-face/)
    expect(html.match(/<!--\[if [^\]]*\]>/g)?.length).toBe(html.match(/<!\[endif\]-->/g)?.length)
  })
})

test('Dark mode is dark, from edge to edge', async () => {
  const brightness = (colorScheme: 'light' | 'dark') =>
    show(renderer.render(warning()).html, { colorScheme }, async (page) => {
      const picture = (await page.screenshot()).toString('base64')
      // The corner and the middle of the page, and the card's own ground.
      const points = [
        [2, 2],
        [350, 10],
        [2, 700],
        [70, 300],
      ]
      return page.evaluate(
        async ({ source, at }) => {
          const image = new Image()
          image.src = `data:image/png;base64,${source}`
          await image.decode()
          const context = Object.assign(document.createElement('canvas'), { width: 700, height: 800 }).getContext('2d')
          context?.drawImage(image, 0, 0)
          return at.map(([x = 0, y = 0]) => Math.max(...(context?.getImageData(x, y, 1, 1).data.slice(0, 3) ?? [])))
        },
        { source: picture, at: points },
      )
    })
  for (const value of await brightness('light')) expect(value).toBeGreaterThan(240)
  for (const value of await brightness('dark')) expect(value).toBeLessThan(48)
})

test('Without its style sheet, every fact can still be read, and nothing scrolls sideways', async () => {
  const { html } = renderer.render(warning())
  await show(html.replace(/<style[^>]*>.*?<\/style>/gs, ''), { width: 320 }, async (page) => {
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden must not count
    const text = await page.locator('body').innerText()
    for (const fact of ['$18.00', 'Nordwind Analytics', 'Purchased', 'June 1, 2026', '7 days left', 'See my credits']) {
      expect(text).toContain(fact)
    }
    expect(await scrollWidthOf(page)).toBe(320)
  })
})

describe('a hostile name', () => {
  test.each(Object.entries(HOSTILE_NAMES))('of %s is shown as text, in a layout that holds', async (_what, name) => {
    const content = named(name, warning({ lines: linesOf(60) }))
    const { html } = renderer.render(content)
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(MAX_HOSTILE_BYTES)
    const structure = (markup: string) => markup.match(/<[a-z!/][^\s>]*/gi)
    expect(structure(html)).toEqual(structure(renderer.render(named('Acme', content)).html))
    await show(html, { width: 320 }, async (page) => {
      expect(await scrollWidthOf(page)).toBe(320)
      const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
      expect(links).toEqual([content.billingUrl, content.unsubscribeUrl])
    })
  })
})
