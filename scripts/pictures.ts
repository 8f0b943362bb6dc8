// Takes the README's pictures: starts the demo, looks at its mailbox with a browser, and writes docs/pictures/*.png.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser } from 'playwright-core'
import { packageFolder } from '../src/paths.ts'
import { openBrowser } from '../test/support/browser.ts'

const folder = join(packageFolder, 'docs/pictures')

type Picture = Readonly<{
  file: string
  width: number
  height: number
  colorScheme: 'light' | 'dark'
  /** The mail to open, by a recipient of the demo. */
  of: string
}>

const MAIL = { width: 680, height: 300, colorScheme: 'light' } as const
const PICTURES: readonly Picture[] = [
  { ...MAIL, file: 'mail-warning.png', of: 'dana@pathfinder-robotics.example' },
  { ...MAIL, file: 'mail-warning-dark.png', of: 'dana@pathfinder-robotics.example', colorScheme: 'dark' },
  { ...MAIL, file: 'mail-gone.png', of: 'null@nullisland.example' },
]

await mkdir(folder, { recursive: true })
const demo = spawn(process.execPath, [join(packageFolder, 'bin/credit-reminders.js'), 'demo'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
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
  await page.goto(url)
  await page.getByRole('link').filter({ hasText: of }).first().click()
  // The mail alone, as the frame shows it.
  await page.goto(`${page.url()}/body`)
  await page.screenshot({ path: join(folder, file), fullPage: true })
  await page.close()
}
