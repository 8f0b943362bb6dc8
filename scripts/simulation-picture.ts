import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { openPage } from '../src/cli/simulate-page.ts'
import { openForReading } from '../src/compose-ledger.ts'
import { parseRules } from '../src/config/rules-file.ts'
import { COMPANY } from '../src/demo/company.ts'
import { setStage } from '../src/demo/stage.ts'
import { MS_PER_DAY } from '../src/domain/zone.ts'
import { databaseClock } from '../src/jobs/clock.ts'
import { noProgress } from '../src/jobs/progress.ts'
import { reportSimulation } from '../src/jobs/simulation-report.ts'

const SIZE = { width: 1280, height: 1750 }
const PERIOD_DAYS = 60
/** What the company might ask about: fewer warnings of what was bought, none of what was given. */
const FEWER = `${COMPANY.rules}
policies:
  purchased: { validity: P1Y, warnBefore: [P14D, P3D] }
  promotional: { validity: P6M, warnBefore: [] }
`

/** Takes a simulation of two sets of rules over the demo's company: `simulation.png` and `simulation-dark.png`. */
export async function takeSimulation(browser: Browser, folder: string): Promise<void> {
  await using stage = await setStage(() => {}, new AbortController().signal)
  await using setting = await openForReading(stage.variables)
  const from = (await databaseClock(setting.db))()
  const request = {
    from,
    to: new Date(from.getTime() + PERIOD_DAYS * MS_PER_DAY),
    rules: { name: "today's rules", rules: setting.rules },
    otherRules: { name: 'fewer.yaml', rules: parseRules(FEWER) },
  }
  using form = openPage(request)
  const report = await reportSimulation({ ...setting, openProgress: noProgress }, request, form.listener)
  const written = await mkdtemp(join(tmpdir(), 'simulation-'))
  try {
    const file = join(written, 'simulation.html')
    await writeFile(file, [...(await form.pieces(report))].join(''))
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: SIZE, colorScheme })
      await page.goto(pathToFileURL(file).href)
      await page.screenshot({ path: join(folder, colorScheme === 'dark' ? 'simulation-dark.png' : 'simulation.png') })
      await page.close()
    }
  } finally {
    await rm(written, { recursive: true })
  }
}
