import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { openBrowser } from './browser.ts'

export type MailView = Readonly<{ width?: number; colorScheme?: 'light' | 'dark' }>

/** A browser's page, in which one mail after the other is looked at. */
export type MailPage = AsyncDisposable &
  Readonly<{
    page: Page
    /** Opens a mail. */
    show: (html: string, view?: MailView) => Promise<void>
    /** Looks at the mail that is open in another width, or in the dark. */
    turn: (view: MailView) => Promise<void>
    /** What axe finds wrong with the mail that is open: each rule, with the markup that breaks it. */
    faults: (rules?: RunOptions['runOnly']) => Promise<readonly string[]>
    /** Fails where a mail asked the network for anything. */
    expectNoRequests: () => void
  }>

const HEIGHT_PX = 800
const WCAG_A_AND_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export async function openMailPage(): Promise<MailPage> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const browser = await openBrowser()
  const page = await browser.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))

  const turn = async ({ width = 700, colorScheme = 'light' }: MailView) => {
    await page.setViewportSize({ width, height: HEIGHT_PX })
    await page.emulateMedia({ colorScheme })
  }
  const show = async (html: string, view: MailView = {}) => {
    await turn(view)
    await page.setContent(html)
  }
  const faults = async (runOnly: RunOptions['runOnly'] = WCAG_A_AND_AA) => {
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
    const { violations, passes } = await page.evaluate(
      (options): Promise<AxeResults> => (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run(options),
      { runOnly, preload: false } satisfies RunOptions,
    )
    // That it found nothing says something only where it looked.
    expect(passes.map(({ id }) => id)).toContain('color-contrast')
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
  }
  return {
    page,
    show,
    turn,
    faults,
    expectNoRequests: () => expect(asked).toEqual([]),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
