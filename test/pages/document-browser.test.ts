import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { html } from 'hono/html'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chartFigure } from '../../src/pages/chart.ts'
import { dataTable, framedDocument } from '../../src/pages/data-table.ts'
import { documentPieces, type Html } from '../../src/pages/document.ts'
import { DOCUMENT_STYLE } from '../../src/pages/style.ts'
import { TABLE_SCRIPT } from '../../src/pages/table-script.ts'
import { axeFaults } from '../support/axe.ts'
import { openBrowser } from '../support/browser.ts'

const HOSTILE = '</script><script>document.title = "taken"</script>'
const TURNED = 'a\u202egnp.exe'
const FRAMED = `<!doctype html><html><head><style>body { color: red }</style></head>
<body>A mail.<img src="https://example.com/pixel.png"><a href="https://example.com/">go</a>
<script>parent.document.title = "taken"</script></body></html>`

let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), 'document-'))
})

afterAll(async () => {
  await browser?.close()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

function* body(): Generator<Html> {
  yield html`<header><h1>Things</h1></header><main>`
  yield chartFigure({
    title: 'Things by week',
    description: 'three things in two weeks',
    form: 'bar',
    stacked: true,
    axis: 'week',
    places: ['2 Nov', '9 Nov'],
    series: [
      {
        name: HOSTILE,
        points: [
          { drawn: 1, shown: '1.00' },
          { drawn: 2, shown: '2.00' },
        ],
      },
      {
        name: 'others',
        points: [
          { drawn: 0, shown: '' },
          { drawn: 5, shown: '5.00' },
        ],
      },
    ],
  })
  const rows = Array.from({ length: 120 }, (_, index) => ({
    cells: [`thing ${index + 1}`, ['x'.repeat(index % 7), index % 7] as const],
    notes: [`note ${index + 1}`],
    frame: index === 0 ? 'one' : null,
  }))
  yield* dataTable({
    id: 'things',
    rowsAre: 'things',
    columns: [{ title: 'Thing' }, { title: 'Worth', isNumber: true }],
    rows: [...rows, { cells: [HOSTILE, ['', -1]] }, { cells: [TURNED, ['', 9]] }],
    opening: 'Open',
  })
  yield html`</main>`
  yield framedDocument('one', FRAMED)
}

/** The document as a person opens it: from a file. What it asks of the network is kept, and answered by nobody. */
async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page & { asked: string[] }> {
  const file = join(folder, 'things.html')
  const parts = { title: 'Things', style: DOCUMENT_STYLE, script: TABLE_SCRIPT, body: body() }
  await writeFile(file, [...documentPieces(parts)].join(''))
  const page = await browser.newPage(options)
  const asked: string[] = []
  await page.route(/^(?!file:|data:)/, (route) => {
    asked.push(route.request().url())
    return route.abort()
  })
  await page.goto(`file://${file}`)
  return Object.assign(page, { asked })
}

const cells = (page: Page) => page.locator('tbody[data-rows] tr').allTextContents()

test('a table sorts by its titles, is searched, and is turned over, and tells where one is', async () => {
  const page = await open()
  const status = page.getByRole('status')
  expect(await status.textContent()).toBe('1 to 50 of 122 things')
  await page.getByRole('button', { name: 'Next' }).press('Enter')
  expect(await status.textContent()).toBe('51 to 100 of 122 things')

  await page.getByRole('button', { name: 'Worth' }).press('Enter')
  expect(await page.locator('th[aria-sort=ascending]').textContent()).toContain('Worth')
  expect((await cells(page))[0]).toContain('</script>')
  await page.getByRole('button', { name: 'Worth' }).press('Enter')
  expect((await cells(page))[0]).toContain('a\ufffdgnp.exe')
  await page.getByRole('button', { name: 'Thing', exact: true }).click()
  await page.getByRole('button', { name: 'Thing', exact: true }).click()
  expect((await cells(page))[0]).toContain('thing 120')

  await page.getByLabel('Search the things').fill('NOTE 12')
  await page.getByText('1 to 3 of 3 found in 122 things').waitFor()
  await page.getByLabel('Search the things').fill('nothing like it')
  await page.getByText('none of 0 found in 122 things').waitFor()
  await page.close()
})

test('an opened row shows its notes and its framed document, which runs nothing and loads nothing', async () => {
  const page = await open()
  const button = page.getByRole('button', { name: 'Open: thing 1, ', exact: true })
  await button.press('Enter')
  expect(await button.getAttribute('aria-expanded')).toBe('true')
  expect(await page.locator('.detail li').textContent()).toBe('note 1')
  const frame = page.frameLocator('.detail iframe')
  await frame.getByText('A mail.').waitFor()
  expect(await frame.locator('body').evaluate((node) => getComputedStyle(node).color)).toBe('rgb(255, 0, 0)')
  await frame.getByText('go').click()
  await frame.getByText('A mail.').waitFor()
  expect(await page.title()).toBe('Things')
  expect(page.asked).toEqual([])
  await button.press('Enter')
  expect(await page.locator('.detail').count()).toBe(0)
  await page.close()
})

test('axe finds nothing wrong on a phone, in light surroundings or dark ones', async () => {
  const page = await open({ viewport: { width: 375, height: 800 } })
  await page.getByRole('button', { name: 'Open: thing 1, ', exact: true }).click()
  await page.getByText('The same figures as a table').click()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeFaults(page)).toEqual([])
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
  await page.close()
})

test('without scripts the first rows can be read, and how many there are', async () => {
  const page = await open({ javaScriptEnabled: false })
  expect(await cells(page)).toHaveLength(50)
  expect(await page.getByText('thing 50').isVisible()).toBe(true)
  expect(await page.getByText('The first 50 of 122 things').isVisible()).toBe(true)
  expect(await page.getByLabel('Search the things').isVisible()).toBe(false)
  await page.close()
})
