import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { reportPages } from '../src/cli/dry-run-report.ts'
import { openForReading } from '../src/compose-ledger.ts'
import { setStage } from '../src/demo/stage.ts'

const SIZE = { width: 1280, height: 2000 }

/** Takes the report of a dry run over the demo's company, before its run: `report.png` and `report-dark.png`. */
export async function takeReport(browser: Browser, folder: string): Promise<void> {
  await using stage = await setStage(() => {}, new AbortController().signal)
  await using setting = await openForReading(stage.variables)
  const { pieces } = await reportPages(setting, { asOf: null, accountId: undefined }, stage.variables)
  const written = await mkdtemp(join(tmpdir(), 'report-'))
  try {
    const file = join(written, 'report.html')
    await writeFile(file, [...pieces].join(''))
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: SIZE, colorScheme })
      await page.goto(pathToFileURL(file).href)
      await page.screenshot({ path: join(folder, colorScheme === 'dark' ? 'report-dark.png' : 'report.png') })
      await page.close()
    }
  } finally {
    await rm(written, { recursive: true })
  }
}
