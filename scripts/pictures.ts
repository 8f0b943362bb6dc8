// Takes the README's pictures, docs/pictures/*.png, with a browser: of mails in the mailbox of the demo, which it starts, of
// samples that the demo has none of, of the gallery of `preview`, of the report of a dry run, and of a simulation.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import type { MailContent } from '../src/mail/content.ts'
import { createRenderer } from '../src/mail/render.ts'
import { SAMPLES } from '../src/mail/samples.ts'
import { packageFolder, templatesFolder } from '../src/paths.ts'
import { openBrowser } from '../test/support/browser.ts'
import { takeReport } from './report-picture.ts'
import { takeSimulation } from './simulation-picture.ts'

const folder = join(packageFolder, 'docs/pictures')

type Picture = Readonly<{
  file: string
  width: number
  height: number
  colorScheme: 'light' | 'dark'
  /** A mail of the demo, by its recipient, or a sample. */
  of: string | MailContent
}>

/** The same mail, for a company in Riyadh. */
const ARABIC: MailContent = {
  ...SAMPLES.warning,
  locale: 'ar',
  timeZone: 'Asia/Riyadh',
  account: { id: 'acc_sample', name: 'شركة الواحة للنقل' },
  recipient: { name: 'ليلى' },
  lines: SAMPLES.warning.lines.map((line) => ({ ...line, name: null })),
}

const MAIL = { width: 680, height: 300, colorScheme: 'light' } as const
const PICTURES: readonly Picture[] = [
  { ...MAIL, file: 'mail-warning.png', of: 'dana@pathfinder-robotics.example' },
  { ...MAIL, file: 'mail-warning-dark.png', of: 'dana@pathfinder-robotics.example', colorScheme: 'dark' },
  { ...MAIL, file: 'mail-gone.png', of: 'null@nullisland.example' },
  { ...MAIL, file: 'mail-correction.png', of: SAMPLES.correction },
  { ...MAIL, file: 'mail-arabic.png', of: ARABIC },
]
/** What `preview` shows of all languages, as far as a window shows it. */
const GALLERY = { file: 'gallery.png', path: '/languages?mail=warning', width: 1360, height: 1000 }

await mkdir(folder, { recursive: true })
const demo = startProgram('demo')
const preview = startProgram('preview', '--no-open')
const { render } = await createRenderer(templatesFolder)
const browser = await openBrowser()
try {
  const url = await addressIn(demo.stdout, /^Open the mailbox: +(http:\S+)/)
  for (const picture of PICTURES) await take(browser, url, picture)
  await takeGallery(browser, await addressIn(preview.stdout, /^The mails, until Ctrl-C: +(http:\S+)/))
  await takeReport(browser, folder)
  await takeSimulation(browser, folder)
} finally {
  await browser.close()
  for (const program of [demo, preview]) {
    if (program.exitCode !== null) continue
    program.kill('SIGINT')
    await once(program, 'exit')
  }
}

function startProgram(...args: readonly string[]) {
  return spawn(process.execPath, [join(packageFolder, 'bin/credit-reminders.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Samples, whatever this machine is set up for.
    env: { PATH: process.env.PATH },
    cwd: tmpdir(),
  })
}

async function addressIn(output: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, url] = pattern.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`the program ended without saying ${pattern}`)
}

async function takeGallery(from: Browser, url: string): Promise<void> {
  const page = await from.newPage({ viewport: GALLERY })
  await page.goto(url + GALLERY.path, { waitUntil: 'load' })
  await page.screenshot({ path: join(folder, GALLERY.file) })
  await page.close()
}

async function take(from: Browser, url: string, { file, width, height, colorScheme, of }: Picture): Promise<void> {
  const page = await from.newPage({ viewport: { width, height }, colorScheme })
  if (typeof of === 'string') await openInMailbox(page, url, of)
  else await page.setContent(render(of).html)
  await page.screenshot({ path: join(folder, file), fullPage: true })
  await page.close()
}

async function openInMailbox(page: Page, url: string, recipient: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('link').filter({ hasText: recipient }).first().click()
  // The mail alone, as the frame shows it.
  await page.goto(`${page.url()}/body`)
}
