// `npm run sheets [LANGUAGE …]`: photographs the mails of each language side by side, as a phone shows them, light and dark
// in turn, to be looked over by eye. What it writes is not kept.
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { print } from '../src/cli/output.ts'
import { MAIL_KINDS } from '../src/mail/content.ts'
import { createRenderer } from '../src/mail/render.ts'
import { SAMPLES } from '../src/mail/samples.ts'
import { templatesFolder } from '../src/paths.ts'
import { openBrowser } from '../test/support/browser.ts'

const PHONE = { width: 375, height: 600 }
const GAP_PX = 8

const folder = await mkdtemp(join(tmpdir(), 'mails-'))
const { render, locales } = await createRenderer(templatesFolder)
const wanted = process.argv.slice(2)
const browser = await openBrowser()
try {
  const page = await browser.newPage({ deviceScaleFactor: 1 })
  for (const locale of wanted.length === 0 ? locales : wanted) {
    await writeFile(join(folder, `${locale}.png`), await sheetOf(locale, page))
  }
} finally {
  await browser.close()
}
print(`The sheets are in ${folder}`)

/** All mails of a language in one picture. */
async function sheetOf(locale: string, page: Page): Promise<Buffer> {
  const pictures: string[] = []
  await page.setViewportSize(PHONE)
  for (const [index, kind] of MAIL_KINDS.entries()) {
    await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
    await page.setContent(render({ ...SAMPLES[kind], locale }).html)
    const picture = await page.screenshot({ fullPage: true })
    pictures.push(`<img src="data:image/png;base64,${picture.toString('base64')}">`)
  }
  await page.setViewportSize({ width: (PHONE.width + GAP_PX) * pictures.length, height: PHONE.height })
  await page.setContent(
    `<body style="margin:0;display:flex;gap:${GAP_PX}px;align-items:flex-start;background:#888">${pictures.join('')}`,
  )
  return page.screenshot({ fullPage: true })
}
