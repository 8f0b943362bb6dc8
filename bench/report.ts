import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { packageFolder } from '../src/paths.ts'
import { insertCrowd } from '../test/support/billing.ts'
import { openBrowser } from '../test/support/browser.ts'
import { count, type Figure, known, median, promised } from './figures.ts'
import { fillWithDue } from './planning.ts'
import type { BenchDatabase, BenchServer } from './server.ts'
import { environmentFor, inDays, NOW } from './setting.ts'

const MAILS = 50_000
const OTHER_GRANTS = 950_000
const WRITING_TARGET_S = 20
const OPENING_TARGET_S = 3
const OPENINGS = 3
const BYTES_PER_MB = 1_000_000

/** The report of a dry run of so many mails, out of a million grants: to write it, and to open it in a browser. */
export async function benchReport(server: BenchServer): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'report-'))
  const file = join(folder, 'report.html')
  try {
    const writing = await server.withDatabase((database) => write(database, file))
    const opening = await openSeconds(file)
    const { size } = await stat(file)
    return [
      promised(
        `report of ${count(MAILS)} mails, written`,
        `≤ ${WRITING_TARGET_S} s`,
        `${writing.toFixed(1)} s`,
        writing <= WRITING_TARGET_S,
      ),
      promised(
        'the same, opened in headless Chromium',
        `≤ ${OPENING_TARGET_S} s`,
        `${opening.toFixed(1)} s`,
        opening <= OPENING_TARGET_S,
      ),
      known('size of it', `${(size / BYTES_PER_MB).toFixed(1)} MB`),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** As a person would: the whole command, from its start to its end. */
async function write(database: BenchDatabase, file: string): Promise<number> {
  const idle = { prefix: 'idle', expiresFrom: inDays(90), expiresTo: inDays(5 * 365), grantedAt: inDays(-300) }
  await insertCrowd(database.sql, { ...idle, count: OTHER_GRANTS })
  await fillWithDue(database, MAILS)
  const args = ['dry-run', '--as-of', NOW.toISOString(), '--format', 'html', '--output', file]
  const env = { ...process.env, ...environmentFor({ databaseUrl: database.url }) }
  const startMs = performance.now()
  await promisify(execFile)(process.execPath, [join(packageFolder, 'bin/credit-reminders.js'), ...args], { env })
  return (performance.now() - startMs) / 1000
}

/** Until the table of mails can be used. */
async function openSeconds(file: string): Promise<number> {
  const browser: Browser = await openBrowser()
  try {
    const seconds: number[] = []
    for (let opening = 0; opening < OPENINGS; opening++) {
      const page = await browser.newPage()
      const startMs = performance.now()
      await page.goto(pathToFileURL(file).href)
      await page.getByText(`1 to 50 of ${count(MAILS)} mails`).waitFor()
      seconds.push((performance.now() - startMs) / 1000)
      await page.close()
    }
    return median(seconds)
  } finally {
    await browser.close()
  }
}
