import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import type { RunningCli } from '../support/cli.ts'
import { openRoom, type Room } from './room.ts'

let browser: Browser
let room: Room
let demo: RunningCli
let url: string

beforeAll(async () => {
  room = await openRoom()
  demo = room.start()
  browser = await openBrowser()
  url = await demo.said(/Open the mailbox: +(\S+)/)
})
afterAll(async () => {
  await browser?.close()
  await room?.[Symbol.asyncDispose]()
})

/** A page, and what it asked for and complained about. */
async function openPage(width: number) {
  const page = await browser.newPage({ viewport: { width, height: 800 } })
  const requested: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requested.push(new URL(request.url()).hostname))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => complaints.push(dialog.message()))
  return { page, requested, complaints }
}

function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

describe.each([375, 1200])('the mailbox in a browser %i pixels wide', (width) => {
  test('shows list and mails without scrolling sideways, and asks nothing of anybody else', async () => {
    const { page, requested, complaints } = await openPage(width)
    await page.goto(url)
    expect(await page.getByRole('listitem').count()).toBe(33)
    expect(await overflowOf(page)).toBe(0)

    await page.getByRole('link').filter({ hasText: 'bobby@boldmoves.example' }).click()
    const mail = page.frameLocator('iframe')
    await mail.getByText('Hello Robert "Bobby" <i>Tables</i>').waitFor()
    expect(await mail.getByText('<b>Bold</b> Moves & Sons').count()).toBeGreaterThan(0)
    // The layout has bold text of its own; markup from a name would stand in one of these.
    expect(await mail.locator('i, b:text-is("Bold")').count()).toBe(0)
    expect(await overflowOf(page)).toBe(0)

    for (const view of ['Text', 'Source']) {
      await page.getByRole('link', { name: view, exact: true }).click()
      await page.locator('pre').waitFor()
      expect(await page.locator('pre').textContent()).toContain('Tables')
      expect(await overflowOf(page)).toBe(0)
    }
    expect(new Set(requested)).toEqual(new Set(['127.0.0.1']))
    expect(complaints).toEqual([])
    await page.close()
  })
})

test('the unsubscribe link in a mail opens beside the mailbox, and works', async () => {
  const { page, complaints } = await openPage(1200)
  await page.goto(url)
  await page.getByRole('link').filter({ hasText: 'dana@pathfinder-robotics.example' }).click()
  const opened = page.waitForEvent('popup')
  await page
    .frameLocator('iframe')
    .getByRole('link', { name: /stop these reminders/i })
    .click()
  const beside = await opened
  await beside.getByRole('button').click()
  await beside.getByRole('heading', { name: 'The reminders are stopped' }).waitFor()
  expect(complaints).toEqual([])
  await page.close()
})
