import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { coverageOf } from '../../src/mail/coverage.ts'
import { parseMessages } from '../../src/mail/parse-messages.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'

const locales = async (...args: readonly string[]) => {
  const script = join(packageFolder, 'scripts/locales.ts')
  const run = promisify(execFile)(process.execPath, [script, ...args])
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  )
}

test('No language lacks a phrase, a plural form, a choice or a value', async () => {
  const { code, stdout } = await locales()
  // Below the table, each hole is a line of its own.
  expect(stdout.split('\n').filter((line) => line.startsWith('locales/'))).toEqual([])
  expect(code).toBe(0)
})

test('A hole is named by file, line and phrase, and the command ends with 1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'locales-'))
  try {
    await cp(join(templatesFolder, 'locales'), join(folder, 'locales'), { recursive: true })
    const path = join(folder, 'locales', 'pl.json')
    const source = await readFile(path, 'utf8')
    await writeFile(path, source.replace(/ +"stop": .*\n/, '').replace(/("days": .*?) few \{[^}]*\}/, '$1'))
    await rm(join(folder, 'locales', 'tr.json'))
    const { code, stdout } = await locales(folder)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^pl +Polish +82 of 83 +one few many other +2 *$/m)
    expect(stdout).toContain('locales/pl.json: the message "stop" is missing\n')
    expect(stdout).toMatch(/^locales\/pl\.json:\d+: the message "days" lacks few in the plural of \{days\}$/m)
    expect(stdout).toContain('locales/tr.json: is missing\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('A hole is', async () => {
  const source = await readFile(join(templatesFolder, 'locales', 'en.json'), 'utf8')
  const { messages: english } = parseMessages(source, 'en.json')

  /** What is found where a language, Polish but for one phrase in English, has that one so. */
  const holesWith = (name: string, text: string, language = 'pl') => {
    const line = source.split('\n').findIndex((each) => each.includes(`"${name}":`)) + 1
    const changed = JSON.stringify({ ...JSON.parse(source), [name]: text }, null, 2)
    const { holes } = coverageOf(changed, { language, file: 'pl.json', english })
    const start = `pl.json:${line}: the message "${name}" `
    return holes.filter((hole) => hole.startsWith(start)).map((hole) => hole.slice(start.length))
  }

  test.each([
    [
      'a plural without a form of the language',
      'days',
      '{days, plural, one {#} other {#}}',
      ['lacks few, many in the plural of {days}'],
    ],
    [
      'a plural of exact numbers alone',
      'days',
      '{days, plural, =0 {dziś} =1 {jutro} other {#}}',
      ['lacks one, few, many in the plural of {days}'],
    ],
    [
      'a form that the language has not',
      'days',
      '{days, plural, one {#} two {#} few {#} many {#} other {#}}',
      ['has two in the plural of {days}, which the language has not'],
    ],
    ['a value that English tells', 'why', 'Konto: {account}', ['does not use {sender}']],
    [
      'a choice that is not made',
      'greeting',
      '{known, select, other {Dzień dobry {name}}}',
      ['lacks yes among the choices of {known}'],
    ],
    [
      'a choice that nobody gives',
      'greeting',
      '{known, select, yes {{name}} no {a} other {b}}',
      ['has no among the choices of {known}, which is never given'],
    ],
    ['a phrase left in English', 'stop', 'Stop these reminders', ['is still in English']],
    ['a # that no plural makes a number', 'stop', 'Stop #', ['has a # outside of a plural, or in a choice within one']],
    [
      'a # in a choice within a plural, where no number is written',
      'more',
      '{count, plural, one {{units, select, one {#} other {#}}} few {{units}} many {#} other {#}}',
      [
        'has a # outside of a plural, or in a choice within one',
        'has a # outside of a plural, or in a choice within one',
      ],
    ],
    ['a mark of direction', 'stop', 'Stop\u200f', ['holds a mark of direction, which the program sets itself']],
  ])('%s', (_what, name, text, holes) => {
    expect(holesWith(name, text)).toEqual(holes)
  })

  test('none where a language has one form only, or writes a unit as English does', () => {
    expect(holesWith('days', '{days, plural, other {あと#日}}', 'ja')).toEqual([])
    expect(holesWith('total', 'Total', 'fr')).toEqual([])
  })
})
