// Takes the README's pictures, docs/pictures/*.png, with a browser: of mails in the mailbox of the demo, which it starts, and
// of samples that the demo has none of.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import type { MailContent } from '../src/mail/content.ts'
import { createRenderer } from '../src/mail/render.ts'
import { SAMPLES } from '../src/mail/samples.ts'
import { packageFolder, templatesFolder } from '../src/paths.ts'
import { openBrowser } from '../test/support/browser.ts'

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

await mkdir(folder, { recursive: true })
const demo = spawn(process.execPath, [join(packageFolder, 'bin/credit-reminders.js'), 'demo'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const { render } = await createRenderer(templatesFolder)
const browser = await openBrowser()
try {
  const url = await mailboxOf(demo.stdout)
  for (const picture of PICTURES) await take(browser, url, picture)
} finally {
  await browser.close()
  demo.kill('SIGINT')
  await once(demo, 'exit')
}

async function mailboxOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, url] = /^Open the mailbox: +(http:\S+)/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error('the demo ended without showing its mailbox')
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
