import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, ElementContext, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const WCAG_A_AND_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Look = Readonly<{
  /** Of all that axe looks at; WCAG A and AA where nothing is said. */
  rules?: RunOptions['runOnly']
  /** Parts of the page that are left out. */
  except?: string[]
  /** A rule that must have found what it looks at: that axe objects to nothing says something only where it looked. */
  looksAt?: string
}>

/** What axe finds wrong with an open page: each rule, with the markup that breaks it. */
export async function axeFaults(
  page: Page,
  { rules = WCAG_A_AND_AA, except = [], looksAt = 'color-contrast' }: Look = {},
): Promise<readonly string[]> {
  // By the debugger: the pages themselves let in no script.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await source)
  const { violations, passes } = await page.evaluate(
    ([context, options]): Promise<AxeResults> =>
      (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run(context, options),
    [
      { include: ['html'], exclude: except },
      { runOnly: rules, preload: false, iframes: false },
    ] satisfies [ElementContext, RunOptions],
  )
  expect(passes.map(({ id }) => id)).toContain(looksAt)
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
}
