import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { axeFaults } from '../support/axe.ts'
import { openBrowser } from '../support/browser.ts'
import { type Company, foundCompany, SECRETS } from '../support/company.ts'
import { type Pages, servePages } from '../support/unsubscribe-pages.ts'

let company: Company
let pages: Pages
let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
  company = await foundCompany()
  pages = await servePages(company)
})
afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
  await company[Symbol.asyncDispose]()
})
beforeEach(() => company.database.sql('TRUNCATE reminders.suppressions, reminders.unsubscriptions'))

const linkIn = (locale: string) => {
  const target = { contactId: 'con_1', accountId: 'acc_1', addressHash: addressHash('ana@example.com'), locale }
  return `${pages.url}/unsubscribe/${signUnsubscribeToken(target, SECRETS.link)}`
}
const holds = () =>
  company.database.sql(
    `SELECT 'account' AS reach, scope FROM reminders.unsubscriptions WHERE lifted_at IS NULL
      UNION ALL SELECT 'address', scope FROM reminders.suppressions WHERE lifted_at IS NULL ORDER BY reach`,
  )

type View = Readonly<{ width?: number; colorScheme?: 'light' | 'dark'; script?: boolean }>

/** Opens a link as a reader would; fails where the browser asks anybody but us, or says that it kept something out. */
async function reading(
  link: string,
  { width = 700, colorScheme = 'light', script = false }: View,
  act: (page: Page) => Promise<void>,
) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled: script })
  try {
    const page = await context.newPage()
    const [asked, complaints]: [string[], string[]] = [[], []]
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(link)
    await act(page)
    expect(new Set(asked)).toEqual(new Set([link]))
    expect(complaints).toEqual([])
    expect(await context.cookies()).toEqual([])
  } finally {
    await context.close()
  }
}

test('By click, without JavaScript: a reader chooses, is told what holds, and takes it back', async () => {
  await reading(linkIn('en'), {}, async (page) => {
    expect(await holds()).toEqual([])
    await page.getByLabel('Only reminders about this account').check()
    await page.getByLabel('Still tell me when credits have expired').check()
    await page.getByRole('button', { name: 'Stop the reminders' }).click()
    expect(await page.getByRole('main').textContent()).toMatch(/about this account\. We will still tell you/)
    expect(await holds()).toEqual([{ reach: 'account', scope: 'warnings' }])
    await page.reload()
    expect(await holds()).toEqual([{ reach: 'account', scope: 'warnings' }])
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await page.getByRole('heading').textContent()).toBe('The reminders go on')
    expect(await holds()).toEqual([])
  })
})

test('By keyboard: Tab, Space and Enter are enough', async () => {
  await reading(linkIn('en'), {}, async (page) => {
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    expect(await holds()).toEqual([
      { reach: 'account', scope: 'warnings' },
      { reach: 'address', scope: 'warnings' },
    ])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The reminders go on' }).waitFor()
    expect(await holds()).toEqual([])
  })
})

// Colours depend on no width, and neither on the language.
test.each([
  ['en', 320, 'light'],
  ['en', 700, 'dark'],
  ['ar', 320, 'dark'],
] as const)('In %s, nobody is kept out at a width of %i, when it is %s', async (language, width, colorScheme) => {
  // Of a script that the machine has no font for, axe sees no text to measure.
  const looksAt = language === 'en' ? 'color-contrast' : 'html-has-lang'
  await reading(linkIn(language), { width, colorScheme, script: true }, async (page) => {
    const check = async () => {
      expect(await axeFaults(page, { looksAt }), page.url()).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
    await check()
    const [button] = await page.getByRole('button').all()
    expect((await button?.boundingBox())?.height).toBeGreaterThanOrEqual(44)
    await button?.click()
    await page.locator('button.quiet').waitFor()
    await check()
    const isDark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor === 'rgb(23, 25, 29)')
    expect(isDark).toBe(colorScheme === 'dark')
  })
})

test('A language that is written from right to left is shown so', async () => {
  await reading(linkIn('ar-EG'), { width: 320, script: true }, async (page) => {
    const layout = await page.evaluate(() => {
      const radio = document.querySelector('input[type=radio]')?.getBoundingClientRect()
      const words = document.querySelector('label span')?.getBoundingClientRect()
      return {
        direction: getComputedStyle(document.querySelector('h1') ?? document.body).direction,
        isRadioFirst: (radio?.left ?? 0) > (words?.left ?? 0),
      }
    })
    expect(layout).toEqual({ direction: 'rtl', isRadioFirst: true })
  })
})
