import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportPages } from '../../src/cli/dry-run-report.ts'
import { openForReading } from '../../src/compose-ledger.ts'
import { axeFaults } from '../support/axe.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { openBrowser } from '../support/browser.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'

const LONG = 'Long'.repeat(75)
const HOSTILE = '</script><script>document.title = "taken"</script>'
const TURNED = '\u202eemcA'

let browser: Browser
let folder: string
let program: Program
/** What a run at `AS_OF` would do, the first one. */
let report: string

beforeAll(async () => {
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), 'report-'))
  program = await openProgram()
  const { sql } = program.database
  for (const [index, name] of [HOSTILE, TURNED, LONG, '=1+1', 'شركة'].entries()) {
    const accountId = `acc_${index + 1}`
    await insertAccount(sql, { id: accountId, name, locale: index === 4 ? 'ar' : null })
    await insertContact(sql, { id: `con_${index + 1}`, accountId, name })
  }
  const soon = '2026-05-30T12:00:00Z'
  await insertGrant(sql, { id: 'cg_1', expiresAt: soon, remaining: '9.50' })
  await insertGrant(sql, { id: 'cg_2', accountId: 'acc_2', expiresAt: soon, kind: 'promotional', name: HOSTILE })
  await insertGrant(sql, { id: 'cg_3', accountId: 'acc_3', expiresAt: '2026-05-24T12:00:00Z', remaining: '100' })
  await insertGrant(sql, { id: 'cg_4', accountId: 'acc_4', expiresAt: soon, unit: 'EUR', remaining: '7' })
  await insertGrant(sql, {
    id: 'cg_5',
    accountId: 'acc_5',
    expiresAt: '2026-05-30Z',
    unit: 'tokens',
    remaining: '1200',
  })
  await insertGrant(sql, { id: 'cg_spent', expiresAt: soon, remaining: '0' })
  await insertGrant(sql, { id: 'cg_later', expiresAt: '2026-07-10T12:00:00Z', kind: 'promotional' })
  await insertAccount(sql, { id: 'acc_lost', timeZone: 'Mars/Olympus' })
  await insertGrant(sql, { id: 'cg_lost', accountId: 'acc_lost', expiresAt: soon })
  report = (await write(program)).file
})

afterAll(async () => {
  await browser?.close()
  await program?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

let written = 0

type Request = Readonly<{ asOf?: string; accountId?: string; env?: Readonly<Record<string, string>> }>

async function write({ env, ...more }: Readonly<{ env: Program['env'] }>, { asOf = AS_OF, accountId }: Request = {}) {
  await using setting = await openForReading(env)
  const { pieces } = await reportPages(setting, { asOf: new Date(asOf), accountId }, env)
  const file = join(folder, `report-${++written}.html`)
  await writeFile(file, [...pieces].join(''))
  return { file, ...more }
}

/** The report as a person opens it; `asked` is all that it asked of the network. */
async function open(file: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage(options)
  const asked: string[] = []
  await page.route(/^(?!file:|data:)/, (route) => {
    asked.push(route.request().url())
    return route.abort()
  })
  await page.goto(pathToFileURL(file).href)
  return Object.assign(page, { asked })
}

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
/** How many grants, what came of them, and what comes of them now. */
async function changesIn(page: Page) {
  const changes = await section(page, 'Grants of which something else comes now').locator('tbody tr').allInnerTexts()
  return changes.map((row) => row.split(/\s*[\t\n]\s*/).slice(0, 3))
}

const rows = (page: Page) => page.locator('tbody[data-rows] tr').allTextContents()

describe('the report of a dry run', () => {
  test('says on top how many mails to whom, and what is at stake by unit and kind', async () => {
    const page = await open(report)
    const verdict = section(page, 'Verdict')
    await verdict.getByText('A run would send 5 mails to 5 people of 5 accounts.').waitFor()
    await verdict.getByText('It would send them at once: no limit holds them.').waitFor()
    await verdict.getByText('First sweep: 4 warnings and 1 final notice to 5 addresses.').waitFor()
    expect(await verdict.locator('dl').textContent()).toBe('Expiring4 mailsGone1 mail')
    expect(await verdict.locator('tbody tr').allTextContents()).toEqual([
      'Expiring',
      'purchased1€7.00',
      'promotional1$18.00',
      'purchased1$9.50',
      'purchased11,200 tokens',
      'Gone',
      'purchased1$100.00',
    ])
    const skips = section(page, 'Skipped: 3 grants')
    await skips.getByText('All of the grant is spent, so nothing can be lost.').waitFor()
    await skips.getByText('Its time has not come').waitFor()
    await page.getByText('There was no sweep before').waitFor()
    // The chart has what is not due yet too, and its table the exact figures.
    const usd = page.locator('figure').filter({ hasText: 'USD' })
    expect(await usd.locator('svg:visible').count()).toBe(1)
    expect((await usd.locator('tbody tr').allTextContents()).at(-1)).toBe('6 Jul 2026$0.00$18.00')
    await page.close()
  })

  test('shows mails that sort by what they are worth, are searched, and open to the mail that the run then sends', async () => {
    const page = await open(report)
    await page.getByRole('button', { name: 'Amount' }).click()
    expect((await rows(page)).map((row) => /€|\$|tokens/.exec(row)?.[0])).toEqual(['€', '$', '$', '$', 'tokens'])
    // At midnight: the last day to use them is the one before.
    expect((await rows(page)).at(-1)).toContain('May 29, 2026')
    await page.getByLabel('Search the mails').fill('con_3')
    await page.getByText('1 to 1 of 1 found in 5 mails').waitFor()
    await page.getByRole('button', { name: /^Show: / }).click()
    await page.locator('.detail').getByText(`${LONG} (acc_3)`).waitFor()
    const shown = await page.frameLocator('.detail iframe').locator('body').innerHTML()
    expect(await page.title()).toBe('Dry run as of 2026-05-25 12:00 UTC')
    expect(page.asked).toEqual([])

    await program.runAt(AS_OF)
    const sent = await program.sink.mailsTo('con_3@example.com')[0]?.parsed()
    await page.evaluate((html) => document.querySelector('iframe')?.setAttribute('srcdoc', html), sent?.html ?? '')
    const frame = page.frameLocator('.detail iframe')
    await frame.locator('base').waitFor({ state: 'detached' })
    const signed = /(unsubscribe\/)[^"]+/g
    const words = (markup: string) => markup.replace(signed, '$1').trim()
    expect(words(shown)).toBe(words(await frame.locator('body').innerHTML()))
    await page.close()
  })

  test('after a sweep, says that nothing is left to send, and which grants another thing comes of', async () => {
    const { env } = program
    const { sql } = program.database
    await sql(`UPDATE billing.credit_grants SET remaining = 5 WHERE id = 'cg_spent'`)
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_2'`)
    await insertGrant(sql, { id: 'cg_new', accountId: 'acc_lost', expiresAt: '2026-06-01T12:00:00Z' })
    const page = await open((await write(program, { asOf: '2026-05-26T12:00:00Z' })).file)
    await page.getByText('A run would send 1 mail to 1 person of 1 account.').waitFor()
    const since = section(page, 'Since the last sweep')
    await since.getByText('planned 5 mails, which went out').waitFor()
    await since.getByText('1 mail is newly due').waitFor()
    await since.getByText('The rules are the same.').waitFor()
    expect(await changesIn(page)).toEqual([
      ['4', 'in a mail', 'already-told'],
      ['1', 'in a mail', 'nothing-remaining'],
      ['1', 'not looked at', 'no-contact'],
      ['1', 'nothing-remaining', 'in a mail'],
    ])
    await since.getByText('Which then nothing-remaining, now in a mail').click()
    await since.getByText('cg_spent of acc_1').waitFor()
    await since.getByText('How many grants were skipped for each reason').click()
    await since.getByText('already-told04+4').waitFor()
    await page.close()

    // What the sweep before the last one told is no news.
    await program.runAt('2026-05-26T12:00:00Z')
    const later = await open((await write(program, { asOf: '2026-05-27T12:00:00Z', accountId: 'acc_1' })).file)
    expect(await changesIn(later)).toEqual([['1', 'in a mail', 'already-told']])
    await later.close()

    const rules = join(folder, 'other.yaml')
    await writeFile(rules, 'sendAt: anytime\npolicies: { default: { warnBefore: [P30D] } }\nmaxEmailsPerSweep: 1\n')
    const other = { env: { ...env, CREDIT_REMINDERS_CONFIG: rules, ALLOWED_RECIPIENTS: '@example.com' } }
    const held = await open((await write(other, { asOf: '2026-06-19T12:00:00Z', accountId: 'acc_1' })).file)
    await held.getByText('About the account acc_1 alone.').waitFor()
    await held.getByText('The rules have changed since.').waitFor()
    await held.getByText('mail goes to 1 domain only').waitFor()
    await held.getByText('Which then not-due, now in a mail').waitFor()
    expect(await held.getByText('How many grants were skipped for each reason').count()).toBe(0)
    await held.close()
  })

  test('of nothing at all says so kindly', async () => {
    const page = await open((await write(program, { asOf: '2025-05-25T12:00:00Z' })).file)
    await page.getByText('A run would send nothing: no grant is near its expiry, or has just expired.').waitFor()
    await page.getByText('All is well: there is nothing to do.').waitFor()
    expect(await page.locator('table').count()).toBe(0)
    await page.close()
  })

  test('axe finds nothing wrong with it on a phone, in light surroundings or dark ones', async () => {
    const page = await open(report, { viewport: { width: 375, height: 800 } })
    await page.getByText('The same figures as a table').first().click()
    await page.getByText('Which skipped for no-contact').click()
    await page
      .getByRole('button', { name: /^Show: / })
      .first()
      .click()
    await page.getByText('Rows to mend: 1').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeFaults(page)).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
    await page.close()
  })

  test('of more mails than are rendered says so, and each opens to one that reads alike; above the limit, it is held', async () => {
    await insertWarnedCrowd(program, 210)
    const rules = join(folder, 'limited.yaml')
    await writeFile(rules, 'sendAt: anytime\nmaxEmailsPerSweep: 100\n')
    const { file } = await write({ env: { ...program.env, CREDIT_REMINDERS_CONFIG: rules } })
    const page = await open(file)
    await page.getByText('It would hold all of it for approval').waitFor()
    await page.getByText('200 mails of 210 are here').waitFor()
    for (let turn = 0; turn < 4; turn++) await page.getByRole('button', { name: 'Next' }).click()
    await page
      .getByRole('button', { name: /^Show: / })
      .last()
      .click()
    await page.getByText('Below is another mail of this stage and language').waitFor()
    await page.frameLocator('.detail iframe').getByText('$18.00').first().waitFor()
    // On paper, all of them.
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    expect(await rows(page)).toHaveLength(210)
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByLabel('Search the mails').isVisible()).toBe(false)
    expect(await page.getByText('1 to 210 of 210 mails').isVisible()).toBe(true)
    await page.close()

    const unscripted = await open(file, { javaScriptEnabled: false })
    expect(await rows(unscripted)).toHaveLength(50)
    await unscripted.getByText('The first 50 of 210 mails').waitFor()
    await unscripted.getByText('A run would plan 210 mails').waitFor()
    expect(await unscripted.locator('figure svg:visible').count()).toBeGreaterThan(0)
    expect(await readFile(file, 'utf8')).not.toContain(program.env.LINK_SECRET)
    await unscripted.close()
  })
})
