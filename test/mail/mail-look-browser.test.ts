import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIL_KINDS } from '../../src/mail/content.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { DEFAULT_THEME } from '../../src/mail/theme.ts'
import { templatesFolder } from '../../src/paths.ts'
import { type MailPage, openMailPage } from '../support/mail-page.ts'
import { warning } from './contents.ts'
import { oneLine } from './reading.ts'

/** WCAG 2.2, 1.4.3. */
const MIN_CONTRAST = 4.5
/** A pixel is dark where none of its three colours is lighter than this, of 255. */
const DARKEST = 48

const renderer = await createRenderer(templatesFolder)

let mails: MailPage
beforeAll(async () => {
  mails = await openMailPage()
})
afterAll(() => mails[Symbol.asyncDispose]())

/** The colours of pixels of the open mail, `#0d1117`. */
async function pixelsAt(points: readonly (readonly [x: number, y: number])[]): Promise<readonly string[]> {
  const picture = (await mails.page.screenshot()).toString('base64')
  return mails.page.evaluate(
    async ({ source, at }) => {
      const image = new Image()
      image.src = `data:image/png;base64,${source}`
      await image.decode()
      const { width, height } = image
      const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')
      context?.drawImage(image, 0, 0)
      return at.map(([x, y]) => {
        const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? []
        return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`
      })
    },
    { source: picture, at: points },
  )
}

/**
 * The contrast of each text of the open mail with its ground (WCAG 2.2, relative luminance), as it is and with all colours
 * inverted, as some programs show a mail in the dark.
 */
function contrasts(): Promise<readonly Readonly<{ text: string; plain: number; inverted: number }>[]> {
  return mails.page.evaluate(() => {
    type Color = readonly number[]
    const valuesOf = (color: string): Color => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (color: Color) => {
      const [red = 0, green = 0, blue = 0] = color.slice(0, 3).map((value) => {
        const part = value / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const contrast = (one: Color, other: Color) => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
      return (light + 0.05) / (dark + 0.05)
    }
    const invert = (color: Color) => color.slice(0, 3).map((value) => 255 - value)
    const groundOf = (element: Element | null): Color => {
      if (element === null) return [255, 255, 255]
      const ground = valuesOf(getComputedStyle(element).backgroundColor)
      return ground[3] === 0 ? groundOf(element.parentElement) : ground
    }
    const found: { text: string; plain: number; inverted: number }[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { parentElement: element, textContent } = texts.currentNode
      const text = textContent?.trim() ?? ''
      if (element === null || text === '' || !element.checkVisibility()) continue
      const [ink, ground] = [valuesOf(getComputedStyle(element).color), groundOf(element)]
      found.push({ text, plain: contrast(ink, ground), inverted: contrast(invert(ink), invert(ground)) })
    }
    return found
  })
}

async function expectReadable() {
  const found = await contrasts()
  expect(found.length).toBeGreaterThan(15)
  expect(found.filter(({ plain, inverted }) => Math.min(plain, inverted) < MIN_CONTRAST)).toEqual([])
}

describe.each(MAIL_KINDS)('the mail "%s"', (kind) => {
  const { html } = renderer.render(SAMPLES[kind])
  const bare = html.replace(/<style[^>]*>.*?<\/style>/gs, '')

  test('is dark in the dark, from edge to edge, and light in the light', async () => {
    for (const width of [320, 375, 700]) {
      const left = Math.max((width - 600) / 2, 0)
      const points = [
        [2, 2],
        [2, 12],
        [left + 6, 300],
        [width - left - 6, 500],
      ] as const
      await mails.show(html, { width, colorScheme: 'dark' })
      for (const color of await pixelsAt(points)) {
        expect(Math.max(...(color.match(/[\da-f]{2}/g) ?? []).map((value) => Number.parseInt(value, 16)))).toBeLessThan(
          DARKEST,
        )
      }
      await mails.show(html, { width })
      const { page, card } = DEFAULT_THEME
      expect(await pixelsAt(points)).toEqual([page.light, page.light, card.light, card.light])
    }
  })

  test('can be read with all colours inverted', async () => {
    await mails.show(html)
    await expectReadable()
    await mails.show(html, { colorScheme: 'dark' })
    await expectReadable()
  })

  test('can be read without its style sheet, and does not scroll sideways', async () => {
    await mails.show(bare, { width: 320 })
    await expectReadable()
    expect(await mails.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden must not count
    const text = oneLine(await mails.page.locator('body').innerText())
    for (const fact of ['$18.00', 'Nordwind Analytics', 'Purchased', '1,200 credits', '2026', 'Stop these reminders']) {
      expect(text).toContain(fact)
    }
  })
})

describe('from the right', () => {
  const showIn = async (locale: string) => {
    // Of dollars, only those of elsewhere are written with letters.
    const lines = SAMPLES.warning.lines.map((line) => ({ ...line, unit: line.unit === 'USD' ? 'CAD' : line.unit }))
    await mails.show(renderer.render({ ...SAMPLES.warning, lines, locale }).html, { width: 375 })
  }

  test('the days left stand left, and the bar of notes right', async () => {
    const places = async (locale: string) => {
      await showIn(locale)
      return mails.page.evaluate(() => {
        const middleOf = (selector: string) => {
          const { left = 0, right = 0 } = document.querySelector(selector)?.getBoundingClientRect() ?? {}
          return (left + right) / 2 < document.documentElement.clientWidth / 2 ? 'left' : 'right'
        }
        const note = document.querySelector('.note')
        const { borderLeftWidth, borderRightWidth } = note === null ? new CSSStyleDeclaration() : getComputedStyle(note)
        return { amount: middleOf('.amount'), days: middleOf('.days'), bar: [borderLeftWidth, borderRightWidth] }
      })
    }
    expect(await places('en')).toEqual({ amount: 'left', days: 'right', bar: ['3px', '0px'] })
    expect(await places('fa')).toEqual({ amount: 'right', days: 'left', bar: ['0px', '3px'] })
  })

  test.each([
    ['ar', 'an amount', 'CA$'],
    ['ar', 'the name of a company', 'Nordwind'],
    ['he', 'a postal address', '1 Example Street, Example City'],
    ['fa', 'an address of the web', 'https://example.com/billing'],
  ])('in %s, the characters of %s stand from left to right', async (locale, _what, words) => {
    await showIn(locale)
    const lefts = await mails.page.evaluate((sought) => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      while (texts.nextNode()) {
        const { currentNode: node } = texts
        const start = node.parentElement?.checkVisibility() ? (node.textContent?.indexOf(sought) ?? -1) : -1
        if (start < 0) continue
        return [...sought].map((_character, index) => {
          const range = document.createRange()
          range.setStart(node, start + index)
          range.setEnd(node, start + index + 1)
          return range.getBoundingClientRect().left
        })
      }
      return []
    }, words)
    expect(lefts).toHaveLength(words.length)
    expect(lefts).toEqual(lefts.toSorted((one, other) => one - other))
  })

  test('a zone of several words is not torn apart', () => {
    expect(renderer.render({ ...SAMPLES.warning, locale: 'fa' }).html).toContain('(\u200e+۲&nbsp;گرینویچ)')
  })
})

test('A logo stands above the sender’s name, no wider than the mail, and is told in words where it is not shown', async () => {
  const logo = { cid: 'logo@example.com', alt: 'Example', width: 900, height: 30 }
  const { sender } = warning()
  const { html } = renderer.render(warning({ sender: { ...sender, logo } }))
  expect(html).toContain('<img class="logo" src="cid:logo@example.com" alt="Example" width="900" height="30"')
  expect(html.indexOf('cid:')).toBeLessThan(html.indexOf(sender.name))
  // What a mail program shows in its place: a picture that it has already.
  const picture = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
  for (const colorScheme of ['light', 'dark'] as const) {
    await mails.show(html.replace('cid:logo@example.com', picture), { width: 320, colorScheme })
    expect(await mails.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  }
  expect(renderer.render(warning()).html).not.toContain('<img')
})
