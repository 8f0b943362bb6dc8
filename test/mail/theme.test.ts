import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_THEME, type Theme, themed } from '../../src/mail/theme.ts'
import { templatesFolder } from '../../src/paths.ts'

const LAYOUTS = ['mail.ltr.html.liquid', 'mail.rtl.html.liquid']
const layoutOf = (file: string) => readFile(join(templatesFolder, 'compiled', file), 'utf8')

describe.each(LAYOUTS)('the layout %s', (file) => {
  test('has a name for each of its colours, and uses each that a theme names, in light and dark', async () => {
    const layout = await layoutOf(file)
    expect(layout).not.toMatch(/#[\da-f]{3,8}\b|rgb|hsl/i)
    const used = new Set(layout.match(/\[\[[\w-]+\]\]/g))
    const named = Object.keys(DEFAULT_THEME).flatMap((name) => [`[[${name}]]`, `[[${name}-dark]]`])
    expect([...used].toSorted()).toEqual(named.toSorted())
  })

  test('takes every colour of a company’s theme', async () => {
    const names = Object.keys(DEFAULT_THEME)
    const theme = Object.fromEntries(
      names.map((name, index) => [name, { light: `#00000${index}`, dark: `#dddd0${index}` }]),
    ) as Theme
    const html = themed(await layoutOf(file), theme)
    for (const { light, dark } of Object.values(theme)) {
      expect(html).toContain(light)
      expect(html).toContain(dark)
    }
    for (const { light, dark } of Object.values(DEFAULT_THEME))
      expect([light, dark].some((old) => html.includes(old))).toBe(false)
  })
})

test('A colour that no theme has is named, with its line', () => {
  expect(() => themed('a { color: [[ink]] }\nb { color: [[inc-dark]] }', DEFAULT_THEME)).toThrow(
    'unknown colour: [[inc-dark]], line:2',
  )
  expect(() => themed('[[constructor]]', DEFAULT_THEME)).toThrow('unknown colour: [[constructor]], line:1')
})

test('What stands in double brackets and is no name of a colour stays', () => {
  expect(themed('[[ink ]] [[1]] [ink]', DEFAULT_THEME)).toBe('[[ink ]] [[1]] [ink]')
})
