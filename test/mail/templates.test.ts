import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import type { MailContent } from '../../src/mail/content.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { templatesFolder } from '../../src/paths.ts'
import { gone, HOSTILE_NAMES, linesOf, named, warning } from './contents.ts'

const HTML = 'compiled/mail.ltr.html.liquid'
const TEXT = 'mail.txt.liquid'
const ENGLISH = 'locales/en.json'

/** What becomes of a file; null: it goes. */
type Change = (source: string) => string | null

/** A copy of the shipped templates, in English alone, in which some files are other than they were. */
async function templatesWith(changes: Readonly<Record<string, Change>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'templates-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(templatesFolder, folder, { recursive: true, filter: (path) => !/locales\/(?!en\.)/.test(path) })
  for (const [file, change] of Object.entries(changes)) {
    const path = join(folder, file)
    const changed = change(await readFile(path, 'utf8').catch(() => ''))
    if (changed === null) await rm(path)
    else await writeFile(path, changed)
  }
  return folder
}

/** The lines of the fault with which changed templates are refused, their folder left out. */
async function faultsOf(changes: Readonly<Record<string, Change>>): Promise<readonly string[]> {
  const folder = await templatesWith(changes)
  const error = await createRenderer(folder).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error === null) return []
  expect(error).toBeInstanceOf(UsageError)
  return (error as UsageError).lines.map((line) => line.replaceAll(`${folder}/`, ''))
}

const insteadOf = (old: string, put: string) => (source: string) => {
  expect(source).toContain(old)
  return source.replace(old, () => put)
}

const phrase = (name: string, text: unknown) => (source: string) => {
  const phrases: Record<string, unknown> = JSON.parse(source)
  expect(Object.keys(phrases)).toContain(name)
  return JSON.stringify({ ...phrases, [name]: text }, null, 2)
}

const lineOf = (needle: string, source: string) => source.slice(0, source.indexOf(needle)).split('\n').length

const shipped = (file: string) => readFile(join(templatesFolder, file), 'utf8')

test('The shipped templates are without fault', async () => {
  expect(await faultsOf({})).toEqual([])
  expect((await createRenderer(templatesFolder)).locales).toContain('en')
})

describe.each([
  ['HTML', HTML],
  ['text', TEXT],
])('the %s template', (_kind, file) => {
  const GREETING = '{{ greeting }}'

  test.each([
    ['a name that no mail has', '{{ grating }}', 'unknown name: grating'],
    ['such a name behind a condition', '{% if grating %}x{% endif %}', 'unknown name: grating'],
    [
      'such a name where no mail of a trial comes',
      '{% if lang == "xx" %}{{ grating }}{% endif %}',
      'unknown name: grating',
    ],
    ['such a list', '{% for x in gratings %}{{ x }}{% endfor %}', 'unknown name: gratings'],
    [
      'a name that no line has',
      '{% for line in lines %}{{ line.grating }}{% endfor %}',
      'undefined variable: line.grating',
    ],
    [
      'a name of every JavaScript object',
      '{% for line in lines %}{{ line.constructor }}{% endfor %}',
      'undefined variable: line.constructor',
    ],
    ['an unknown filter', '{{ greeting | shout }}', 'undefined filter: shout'],
    ['the filter that would place a name as markup', '{{ greeting | raw }}', 'undefined filter: raw'],
    ['a value that is no name', '{{ greeting ! }}', 'expected "|" before filter'],
    ['a condition without an end', '{% if greeting %}', 'not closed'],
    ['an unknown tag', '{% greet %}', 'tag "greet" not found'],
    ['another template in it', '{% include "greeting" %}', 'tag "include" not found'],
  ])('is refused with %s, in one line that says where', async (_fault, put, words) => {
    const [fault = '', ...more] = await faultsOf({ [file]: insteadOf(GREETING, put) })
    expect(more).toEqual([])
    expect(fault).toMatch(new RegExp(`^${file}:${lineOf(GREETING, await shipped(file))}: .`))
    expect(fault).toContain(words)
    expect(fault).not.toContain('\n')
  })

  test('is refused with a value without an end', async () => {
    expect(await faultsOf({ [file]: () => '\n{{ greeting' })).toEqual([`${file}:2: output "{{ greeting" not closed`])
  })

  test('is refused when it is missing', async () => {
    const faults = await faultsOf({ [file]: () => null })
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${file}: ENOENT`))])
  })
})

describe('the phrases of a language', () => {
  test.each<[string, Change, string]>([
    ['missing', () => null, ': is missing'],
    ['empty', () => '', ':1: not JSON: .+'],
    ['no JSON', () => '{ "greeting": ', ':1: not JSON: .+'],
    ['a list', () => '[]', ': must be an object of messages'],
    ['null', () => 'null', ': must be an object of messages'],
    ['a text', () => '"Hello"', ': must be an object of messages'],
  ])('are refused when they are %s', async (_case, change, fault) => {
    const faults = await faultsOf({ [ENGLISH]: change })
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${ENGLISH}${fault}$`))])
  })

  test.each<[string, string, unknown, string]>([
    ['missing', 'stop', undefined, ': the message "stop" is missing'],
    ['no text', 'stop', 7, '@: the message "stop" is no text'],
    ['null', 'stop', null, '@: the message "stop" is no text'],
    [
      'given an argument that it does not get',
      'intro',
      'These of {acount}:',
      '@: the message "warning.intro" is not given {acount}; it is given {count}, {account}, {said}',
    ],
    [
      'given an argument where it gets none',
      'stop',
      'Stop, {name}',
      '@: the message "stop" is not given {name}; it is given nothing',
    ],
    [
      'given one within a plural',
      'days',
      '{days, plural, one {# day of {total}} other {# days}}',
      '@: the message "days" is not given {total}; it is given {days}',
    ],
    [
      'given one within a choice within a plural',
      'more',
      '{count, plural, one {#} other {{units, select, one {{unit}} other {#}}}}',
      '@: the message "more" is not given {unit}; it is given {count}, {units}',
    ],
    [
      'made to count what it is not given',
      'days',
      '{day, plural, other {#}}',
      '@: the message "days" is not given {day}; it is given {days}',
    ],
    [
      'made a date of what is in words already',
      'source',
      '{kind} {date, date, short}',
      '@: the message "source" formats {date} as a date: it is given in words',
    ],
    ['without an end', 'why', 'You get this {account', '@: the message "why" is no ICU message: .+'],
    ['without a plural’s "other"', 'days', '{days, plural, one {#}}', '@: the message "days" is no ICU message: .+'],
    ['made of an unknown sort of argument', 'days', '{days, plurals, other {#}}', '@: the message "days" is .+'],
  ])('are refused when one is %s', async (_case, short, text, fault) => {
    const name = short === 'intro' ? 'warning.intro' : short
    const source = phrase(name, text)(await shipped(ENGLISH))
    const place = `:${lineOf(`"${name}":`, source)}:`
    const faults = await faultsOf({ [ENGLISH]: () => source })
    const pattern = fault.replace('@:', place).replaceAll(/[{}]/g, '\\$&')
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${ENGLISH}${pattern}$`))])
  })

  test('are refused with a line for each fault, so that all can be mended at once', async () => {
    const faults = await faultsOf({
      [ENGLISH]: (source) => phrase('why', '{a} {b}')(phrase('stop', undefined)(source)),
    })
    expect(faults.map((fault) => fault.replace(/^.*?: /, ''))).toEqual([
      'the message "why" is not given {a}; it is given {account}, {sender}',
      'the message "why" is not given {b}; it is given {account}, {sender}',
      'the message "stop" is missing',
    ])
  })

  test('are refused in any language of the folder, not in English alone', async () => {
    const english = await shipped(ENGLISH)
    const faults = await faultsOf({ 'locales/pt-BR.json': () => phrase('stop', undefined)(english) })
    expect(faults).toEqual(['locales/pt-BR.json: the message "stop" is missing'])
  })

  test('may leave out what they have no use for, and hold what no mail asks for', async () => {
    const spare = (source: string) => JSON.stringify({ ...JSON.parse(phrase('why', 'Hello.')(source)), note: '{x}' })
    expect(await faultsOf({ [ENGLISH]: spare })).toEqual([])
  })

  test('of a language of its own serve its regions too', async () => {
    const folder = await templatesWith({
      'locales/pt.json': () => '',
      'locales/notes.txt': () => 'not a language',
    })
    await writeFile(join(folder, 'locales/pt.json'), phrase('stop', 'Parar')(await shipped(ENGLISH)))
    const { locales, render } = await createRenderer(folder)
    expect(locales).toEqual(['en', 'pt'])
    expect(render(warning({ locale: 'pt-BR' })).html).toMatch(/<html lang="pt" [\s\S]*Parar/)
    expect(render(warning({ locale: 'en-GB' })).html).toMatch(/<html lang="en" [\s\S]*Stop these reminders/)
  })
})

describe('the quick writer', () => {
  /** Does nothing, and is more than placing a value: the whole template is left to Liquid. */
  const throughLiquid = (source: string) => `${source}{% comment %}{% endcomment %}`

  const MAILS: Readonly<Record<string, MailContent>> = {
    ...Object.fromEntries(TRIAL_CONTENTS.map((content, index) => [`trial ${index + 1}`, content])),
    ...Object.fromEntries(
      Object.entries(HOSTILE_NAMES).flatMap(([what, name]) => [
        [`a warning with ${what}`, named(name, warning({ lines: linesOf(3) }))],
        [`a "gone" mail with ${what}`, named(name, gone())],
      ]),
    ),
  }

  test('writes exactly what Liquid writes', async () => {
    const quick = await createRenderer(templatesFolder)
    const slow = await createRenderer(await templatesWith({ [HTML]: throughLiquid, [TEXT]: throughLiquid }))
    for (const [what, content] of Object.entries(MAILS)) {
      expect(quick.render(content), what).toEqual(slow.render(content))
    }
  })

  const rendered = async (put: string, content = warning()) => {
    const { render } = await createRenderer(await templatesWith({ [TEXT]: () => put, [HTML]: () => put }))
    const { html, text } = render(content)
    return { html, text: text.trimEnd() }
  }

  test.each([
    ['a filter', '{{ greeting | upcase }}', 'HELLO ANA,'],
    ['a comparison', '{% if lang == "en" %}yes{% else %}no{% endif %}', 'yes'],
    ['a negation', '{% unless testNotice %}real{% endunless %}', 'real'],
    ['an "else"', '{% if testNotice %}test{% else %}real{% endif %}', 'real'],
    ['the place in a loop', '{% for line in lines %}{{ forloop.index }}{% endfor %}', '1'],
    ['a name of its own', '{% assign who = greeting %}{{ who }}', 'Hello Ana,'],
    ['part of a list', '{% for line in lines limit: 1 %}{{ line.amount }}{% endfor %}', '$18.00'],
    ['a loop that takes a name’s place', '{% for lang in lines %}{{ lang.amount }}{% endfor %}{{ lang }}', '$18.00en'],
    ['spaces taken away', 'a \n{%- if lang -%}\n b \n{%- endif %} c', 'ab c'],
    ['spaces taken away around a value', 'a {{- lang -}} b', 'aenb'],
    ['markup of its own', '{% raw %}{{ lang }}{% endraw %}', '{{ lang }}'],
  ])('leaves right what a template does with %s', async (_what, put, written) => {
    expect(await rendered(put)).toEqual({ html: written, text: written })
  })

  test('leaves names escaped where a filter is at work', async () => {
    const content = warning({ recipient: { name: '<b>Ana</b> & "Co"' } })
    expect(await rendered('{{ greeting | append: "!" }}', content)).toEqual({
      html: 'Hello &lt;b&gt;Ana&lt;/b&gt; &amp; &#34;Co&#34;,!',
      text: 'Hello <b>Ana</b> & "Co",!',
    })
  })
})
