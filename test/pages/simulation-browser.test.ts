import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage } from '../../src/cli/simulate-page.ts'
import { axeFaults } from '../support/axe.ts'
import { insertAccount, insertContact, insertCrowd, insertGrant } from '../support/billing.ts'
import { openBrowser } from '../support/browser.ts'
import { openProgram, type Program } from '../support/program.ts'
import { type Asked, shownAs } from '../support/simulation-report.ts'

const PERIOD = { from: '2026-05-01T00:00:00Z', to: '2026-06-10T00:00:00Z' }
const FEWER = 'policies: { purchased: { warnBefore: [P7D] }, promotional: { warnBefore: [] } }'
const HOSTILE = '</script><script>document.title = "taken"</script>'
const TURNED = '\u202eemcA'

let browser: Browser
let folder: string
let program: Program

beforeAll(async () => {
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), 'simulation-'))
  program = await openProgram({ rules: { sendAt: '09:00', maxEmailsPerSweep: 2 } })
  const { sql } = program.database
  for (const [index, name] of [HOSTILE, TURNED, 'Long'.repeat(75)].entries()) {
    const accountId = `acc_${index + 1}`
    await insertAccount(sql, { id: accountId, name })
    await insertContact(sql, { id: `con_${index + 1}`, accountId })
    const [kind, unit] = [
      ['purchased', 'USD'] as const,
      ['promotional', HOSTILE] as const,
      ['purchased', 'EUR'] as const,
    ][index] ?? ['purchased', 'USD']
    await insertGrant(sql, { id: `cg_${index + 1}`, accountId, kind, unit, expiresAt: '2026-06-01T12:00:00Z' })
  }
})

afterAll(async () => {
  await browser?.close()
  await program?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

/** Each page is worked out once, however often it is opened. */
const pages = new Map<string, Promise<string>>()
function pageOf({ env }: Pick<Program, 'env'>, asked: Partial<Asked>): Promise<string> {
  const key = JSON.stringify([env.DATABASE_URL, asked])
  const known = pages.get(key) ?? shownAs(env, openPage, { ...PERIOD, ...asked })
  pages.set(key, known)
  return known
}

/** The page as a person opens it, from a file; `asked` is all that it asked of the network. */
async function open(
  of: Pick<Program, 'env'>,
  asked: Partial<Asked> = {},
  options: Parameters<Browser['newPage']>[0] = {},
) {
  const file = join(folder, 'simulation.html')
  await writeFile(file, await pageOf(of, asked))
  const page = await browser.newPage(options)
  const requests: string[] = []
  await page.route(/^(?!file:|data:)/, (route) => {
    requests.push(route.request().url())
    return route.abort()
  })
  await page.goto(pathToFileURL(file).href)
  return Object.assign(page, { requests })
}

const section = (page: Page, name: string | RegExp) => page.getByRole('region', { name, exact: true })

test('a period is told in a sentence, by week and day by day, each day opening to its mails', async () => {
  const page = await open(program)
  const verdict = section(page, 'Verdict')
  await verdict.getByText('The period brings 14 mails to 3 people of 3 accounts.').waitFor()
  await verdict.getByText('4 sweeps of it would be held for approval').waitFor()
  await verdict.getByText('2026-05-02: 3 mails').waitFor()
  expect((await verdict.locator('tbody').first().locator('tr').allTextContents()).join('|')).toMatch(
    /^Expiring\|.*1.*18/,
  )
  await page.getByText('2026-05-02 09:00 UTC: 3 mails planned, more than maxEmailsPerSweep (2)').waitFor()
  expect(await page.locator('figure svg:visible').count()).toBe(1)
  expect(await page.locator('figure tbody tr').count()).toBe(40)

  const days = section(page, 'Day by day')
  await days.getByText('1 to 5 of 5 days').waitFor()
  expect((await days.locator('thead th').allTextContents()).join(' ')).toBe(
    'Show Day Mails Expiring Gone People At stake Lost',
  )
  await days.getByRole('button', { name: 'Mails' }).click()
  await days.getByRole('button', { name: 'Show: 2026-05-01, 2' }).click()
  const mails = await days.locator('.detail li').allTextContents()
  expect(mails).toHaveLength(2)
  expect(mails[0]).toMatch(/^00:00 Expiring: <\/script>.* \(acc_1\), con_1@example\.com: \$18\.00 \(P60D, cg_1\)$/)
  expect(await page.title()).toBe('Simulation from 2026-05-01 00:00 UTC to 2026-06-10 00:00 UTC')
  expect(page.requests).toEqual([])
  await page.close()
})

test('two sets of rules are side by side: settings, figures, both in one chart, and who is warned by one only', async () => {
  const page = await open(program, { compare: FEWER })
  await page.getByText('9 fewer mails: 5 rather than 14.').waitFor()
  await page
    .getByText('Under other.yaml, 1 person would no longer be warned of something, and nobody newly warned.')
    .waitFor()
  const settings = await section(page, 'What the rules differ in').locator('tbody tr').allTextContents()
  expect(settings).toContain('policies.promotional.warnBefore[P30D, P7D, P1D][]')
  expect(await section(page, 'Both side by side').locator('tr').allTextContents()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Mails\s*145−9$/),
      expect.stringMatching(/^Largest day\s*2026-05-022026-06-02$/),
    ]),
  )
  const people = section(page, 'No longer warned: 1 person')
  await people.getByRole('button', { name: /^Show: / }).click()
  await people.locator('.detail').getByText('cg_2').waitFor()
  await section(page, 'Newly warned: nobody').waitFor()
  expect(await page.locator('figure svg:visible').count()).toBe(2)
  const changes = await page.locator('figure').nth(1).locator('tbody tr').allTextContents()
  expect(changes.filter((row) => !row.endsWith('0'))).toEqual([
    '2026-05-01−2',
    '2026-05-02−3',
    '2026-05-25−1',
    '2026-05-31−3',
  ])
  await section(page, 'Day by day').getByRole('button', { name: 'Show: 2026-05-25, 3' }).click()
  const notes = await page.locator('.detail li').allTextContents()
  expect(notes.filter((note) => note.startsWith('Under '))).toEqual([
    "Under today's rules: 3 mails",
    'Under other.yaml: 2 mails',
  ])
  await page.close()
})

test('a period that brings nothing says kindly why', async () => {
  const page = await open(program, { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' })
  await page.getByText('The period brings no mail.').waitFor()
  await page.getByText('no grant expires until 2026-06-01T12:00:00.000Z').waitFor()
  expect(await page.locator('table').count()).toBe(0)
  await page.close()
})

test('of a day with very many mails the first are named, and the figures are of all', async () => {
  await using crowd = await openProgram({ rules: { policies: { default: { warnBefore: [] } } } })
  const expiresFrom = new Date('2026-05-10T12:00:00Z')
  await insertCrowd(crowd.database.sql, { count: 700, expiresFrom, expiresTo: new Date('2026-05-10T12:00:01Z') })
  const page = await open(crowd)
  await page.getByText('The period brings 700 mails to 700 people').waitFor()
  await page.getByRole('button', { name: 'Show: 2026-05-10, 700' }).click()
  expect(await page.locator('.detail li').count()).toBe(501)
  await page.locator('.detail').getByText('and 200 mails more').waitFor()
  await page.close()
})

test.each(['light', 'dark'] as const)(
  'axe finds nothing wrong with it on a phone, in %s surroundings',
  async (colorScheme) => {
    const viewport = { width: 375, height: 800 }
    const page = await open(program, { compare: FEWER }, { colorScheme, viewport })
    await page.getByText('The same figures as a table').first().click()
    await page.getByRole('button', { name: 'Show: 2026-05-25, 3' }).click()
    expect(await axeFaults(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
    const beside = page.locator('.wide:has(> .beside)')
    const hidden = await beside.evaluateAll((all) =>
      all.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    )
    expect(hidden).toEqual([0, 0])
    await page.close()
  },
)

test('without scripts, and on paper, the days can be read', async () => {
  const page = await open(program, {}, { javaScriptEnabled: false })
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('tbody[data-rows] tr').count()).toBe(5)
  expect(await page.getByText('2026-05-25').first().isVisible()).toBe(true)
  expect(await page.getByLabel('Search the days').isVisible()).toBe(false)
  await page.close()
})
