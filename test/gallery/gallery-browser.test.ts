import { get } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultRules } from '../../src/config/rules-file.ts'
import { type Exhibition, type Exhibits, exhibitsOf } from '../../src/gallery/exhibits.ts'
import { galleryPages } from '../../src/gallery/gallery.ts'
import { type HttpServer, listen } from '../../src/http/listen.ts'
import { previewSample } from '../../src/jobs/preview.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLE_SENDER } from '../../src/mail/samples.ts'
import { templatesFolder } from '../../src/paths.ts'
import { axeFaults } from '../support/axe.ts'
import { openBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { makeOwnFolder } from '../support/own-folder.ts'
import { pngOf } from '../support/picture.ts'

const AS_OF = new Date('2026-07-01T09:00:00Z')
const PHONE = { width: 320, height: 700 }
const DESK = { width: 1280, height: 900 }

const SENDER = {
  ...SAMPLE_SENDER,
  replyTo: null,
  linkSecret: 'a secret of the test',
  returnPath: null,
  unsubscribeMailbox: null,
  rules: defaultRules(),
}

/** The sample's mails, with a logo of the company's. */
async function openExhibition(): Promise<Exhibition> {
  const own = await makeOwnFolder({
    'theme.json': '{ "logo": { "file": "logo.png", "alt": "Acme" } }',
    'logo.png': pngOf(120, 40),
  })
  const renderer = await createRenderer(templatesFolder, own.folder)
  await own[Symbol.asyncDispose]()
  const mailsIn = async (locale: string) => previewSample({ sender: SENDER, renderer }, { asOf: AS_OF, locale })
  return { languages: renderer.locales, language: 'en', mailsIn, images: renderer.images, remarks: ['A remark.'] }
}

let exhibits: Exhibits
let server: HttpServer
let browser: Browser
beforeAll(async () => {
  exhibits = exhibitsOf(await openExhibition(), openExhibition)
  server = await listen(galleryPages(exhibits), { host: '127.0.0.1', port: 0 })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

type Visit = Readonly<{ viewport?: typeof DESK; javaScriptEnabled?: boolean; asksSpamAssassin?: boolean }>

/** A page of the gallery, and where it went for what it shows. */
async function open(path: string, { asksSpamAssassin = false, ...options }: Visit = {}) {
  const context = await browser.newContext({ viewport: DESK, ...options })
  // Where it is installed, it works for seconds.
  if (!asksSpamAssassin) await context.route('**/spam', (route) => route.abort())
  const page = await context.newPage()
  const elsewhere: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(server.url) && !url.startsWith('data:')) elsewhere.push(url)
  })
  const violations: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text())
  })
  await page.goto(server.url + path)
  return { page, elsewhere, violations, [Symbol.asyncDispose]: () => context.close() }
}

/** Of the page around the mail, which is looked at by itself in its frame. */
const faultsOf = (page: Page, look: Readonly<{ rules?: string[] }> = {}) =>
  axeFaults(page, { except: ['iframe'], ...look })

const pageColor = (page: Page) =>
  page
    .frameLocator('iframe')
    .locator('body')
    .evaluate((body) => getComputedStyle(body).backgroundColor)

test('shows a mail beside what is found about it: axe has looked at it in its frame, and nothing left this machine', async () => {
  await using gallery = await open('/?mail=last&language=de', { asksSpamAssassin: true })
  const { page, elsewhere, violations } = gallery
  await page.locator('#accessibility[data-state=ok]').waitFor()
  expect(await page.locator('#accessibility').textContent()).toContain('axe finds nothing')
  // As long as it is: it need not be scrolled in its frame.
  expect(
    await page
      .frameLocator('iframe')
      .locator('html')
      .evaluate((html) => html.scrollHeight - innerHeight),
  ).toBe(0)
  // With a score, or with why there is none.
  await page.locator('#spam:not([data-state=waiting])').waitFor()
  const logo = page.frameLocator('iframe').locator('img.logo')
  expect(await logo.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.alt])).toEqual([120, 'Acme'])
  expect(await page.locator('main').textContent()).toMatch(/A remark\.[\s\S]*Preheader[\s\S]*Message-ID: /)
  expect(elsewhere).toEqual([])
  expect(violations).toEqual([])
})

test('shows it in the dark and in the light, whichever the browser itself is in', async () => {
  await using gallery = await open('/?scheme=dark')
  expect(await pageColor(gallery.page)).toBe('rgb(13, 17, 23)')
  await gallery.page.emulateMedia({ colorScheme: 'dark' })
  await gallery.page.getByRole('link', { name: 'Light', exact: true }).click()
  await gallery.page.waitForURL(/scheme=light/)
  expect(await pageColor(gallery.page)).toBe('rgb(243, 245, 247)')
})

test('shows it as wide as a phone and as a desk, and scrolls no page sideways on a phone', async () => {
  await using gallery = await open('/', { viewport: PHONE })
  const { page } = gallery
  const widths = async () => [
    await page
      .frameLocator('iframe')
      .locator('html')
      .evaluate(() => innerWidth),
    await page.evaluate(() => document.documentElement.scrollWidth),
  ]
  expect(await widths()).toEqual([375, PHONE.width])
  await page.getByRole('link', { name: 'Desktop' }).click()
  await page.waitForURL(/width=desktop/)
  expect(await widths()).toEqual([700, PHONE.width])
})

test.each([
  ['a mail from the right', '/?language=ar&scheme=dark'],
  ['all languages', '/languages?scheme=dark'],
  ['what there is not', '/nothing'],
])('is without fault to axe where it shows %s, in light and dark, on a desk and on a phone', async (_what, path) => {
  await using gallery = await open(path)
  expect(await faultsOf(gallery.page)).toEqual([])
  await gallery.page.emulateMedia({ colorScheme: 'dark' })
  await gallery.page.setViewportSize(PHONE)
  // Of all that axe looks at, the dark changes colours, and a phone the size of what is pressed.
  expect(await faultsOf(gallery.page, { rules: ['color-contrast', 'target-size'] })).toEqual([])
  expect(await gallery.page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
})

test('works without a script: mail, language, surroundings and width are chosen by links and a form', async () => {
  await using gallery = await open('/', { javaScriptEnabled: false })
  const { page } = gallery
  await page.getByRole('link', { name: 'Gone', exact: true }).click()
  await page.getByRole('combobox', { name: 'Language' }).selectOption('ja')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.waitForURL(/mail=expired.*language=ja/)
  expect(await page.frameLocator('iframe').locator('html').getAttribute('lang')).toBe('ja')
  await page.getByRole('link', { name: 'All languages' }).click()
  await page.waitForURL(/languages/)
  expect(await page.locator('iframe').count()).toBe(20)
})

test('is loaded again when something has changed, and says what is at fault until it is mended', async () => {
  await using gallery = await open('/')
  const { page } = gallery
  exhibits.renew(['layout.mjml:3: is at fault'])
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').textContent()).toBe('layout.mjml:3: is at fault')
  expect(await faultsOf(page)).toEqual([])
  exhibits.renew()
  await page.locator('iframe').waitFor()
})

test('answers to the names of this machine alone', async () => {
  const statusAs = (host: string) =>
    new Promise((resolve) => get(server.url, { headers: { host } }, (answer) => resolve(answer.resume().statusCode)))
  expect(await statusAs(new URL(server.url).host)).toBe(200)
  expect(await statusAs('elsewhere.example')).toBe(403)
})

test('tells what is wrong with a mail that is at fault to people with other senses', async () => {
  const good = await openExhibition()
  const faulty = async (language: string) =>
    (await good.mailsIn(language)).map((mail) => ({
      ...mail,
      message: {
        ...mail.message,
        html: mail.message.html.replace(/<h1[^>]*>/, '$&<img src="cid:none" width="1" height="1">'),
      },
    }))
  const own = await listen(galleryPages(exhibitsOf({ ...good, mailsIn: faulty }, openExhibition)), {
    host: '127.0.0.1',
    port: 0,
  })
  try {
    const page = await browser.newPage()
    await page.route('**/spam', (route) => route.abort())
    await page.goto(own.url)
    await eventually(async () =>
      expect(await page.locator('#accessibility[data-state=look]').textContent()).toContain('image-alt: <img'),
    )
    await page.close()
  } finally {
    await own.close()
  }
})
