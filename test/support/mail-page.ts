import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { axeFaults } from './axe.ts'
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

export async function openMailPage(): Promise<MailPage> {
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
  return {
    page,
    show,
    turn,
    faults: (rules) => axeFaults(page, rules === undefined ? {} : { rules }),
    expectNoRequests: () => expect(asked).toEqual([]),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
