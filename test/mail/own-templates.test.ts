import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { faintTexts } from '../../src/mail/contrast.ts'
import { remarksOnOwn } from '../../src/mail/own-remarks.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { DEFAULT_THEME } from '../../src/mail/theme.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'
import { ownFolderWith } from '../support/own-folder.ts'
import { jpegHeaderOf, pngOf } from '../support/picture.ts'
import { warning } from './contents.ts'

const shipped = (file: string) => readFile(join(templatesFolder, file), 'utf8')
const LTR = await shipped('compiled/mail.ltr.html.liquid')
const TEXT = await shipped('mail.txt.liquid')
const ENGLISH = await shipped('locales/en.json')

type Files = Readonly<Record<string, string | Buffer>>

const rendererWith = async (files: Files) => createRenderer(templatesFolder, await ownFolderWith(files))

/** The lines with which a company's folder is refused, the folder left out. */
async function faultsOf(files: Files): Promise<readonly string[]> {
  const folder = await ownFolderWith(files)
  const error = await createRenderer(templatesFolder, folder).then(
    () => new UsageError([]),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UsageError)
  return (error as UsageError).lines.map((line) => line.replaceAll(`${folder}/`, ''))
}

const json = (value: unknown) => JSON.stringify(value, null, 2)

describe('a company’s own folder', () => {
  test('may be empty: all is the package’s', async () => {
    const own = await rendererWith({})
    const ours = await createRenderer(templatesFolder)
    expect(own.render(warning())).toEqual(ours.render(warning()))
    expect(own.locales).toEqual(ours.locales)
  })

  test('changes colours by their names, in the light and in the dark, and leaves the others', async () => {
    const { render } = await rendererWith({
      'theme.json': json({ colors: { accent: { light: '#7a1fa2', dark: '#ce93d8' }, ink: { light: '#000000' } } }),
    })
    const { html } = render(warning())
    expect(html).toMatch(/background:#7a1fa2/)
    expect(html).toMatch(/prefers-color-scheme: dark\)[^@]*#ce93d8/)
    expect(html).not.toMatch(/#0969da|#79b8ff|#1f2328/)
    expect(html).toContain(DEFAULT_THEME.ink.dark)
  })

  test('changes some phrases of a language, and leaves the others', async () => {
    const { render } = await rendererWith({
      'locales/en.json': json({ 'warning.action': 'Use them at <Acme>' }),
      'locales/de.json': json({ stop: 'Bitte nicht mehr' }),
    })
    const english = render(warning({ locale: 'en-GB' }))
    expect(english.html).toContain('Use them at &lt;Acme&gt;')
    expect(english.html).toContain('Stop these reminders')
    expect(render(warning({ locale: 'de' })).html).toContain('Bitte nicht mehr')
  })

  test('adds a language', async () => {
    const czech = json({ ...JSON.parse(ENGLISH), stop: 'Odhlásit' })
    const { locales, render } = await rendererWith({ 'locales/cs.json': czech })
    expect(locales).toContain('cs')
    expect(render(warning({ locale: 'cs-CZ' })).html).toMatch(/<html lang="cs" [\s\S]*Odhlásit/)
  })

  test('takes the place of a layout, with names escaped as ever', async () => {
    const { render } = await rendererWith({
      'mail.ltr.html.liquid': LTR.replace('<h1', '<p>From all of us</p><h1'),
      'mail.txt.liquid': `${TEXT}\nFrom all of us\n`,
    })
    const content = warning({ recipient: { name: '<b>Ana</b>' } })
    expect(render(content).html).toMatch(/From all of us[\s\S]*&lt;b&gt;Ana/)
    expect(render(content).text).toContain('From all of us')
    // The layout from the right is the package's still.
    expect(render({ ...content, locale: 'ar' }).html).not.toContain('From all of us')
  })

  test('brings a logo, in the size that its bytes and the theme say, and a postal address', async () => {
    const logo = pngOf(300, 100)
    const { render, images, brand } = await rendererWith({
      'theme.json': json({ logo: { file: 'acme.png', alt: 'Acme "A"', width: 150 }, postalAddress: '1 Road, Town' }),
      'acme.png': logo,
    })
    const [image] = images
    expect(image).toMatchObject({ contentType: 'image/png', filename: 'logo.png', content: logo })
    expect(render(warning()).html).toContain(`src="cid:${image?.cid}" alt="Acme &#34;A&#34;" width="150" height="50"`)
    expect(brand.postalAddress).toBe('1 Road, Town')
  })

  test('brings a JPEG too, by what it is and not by how it is called', async () => {
    const { images, brand } = await rendererWith({
      'theme.json': json({ logo: { file: 'acme', alt: 'Acme' } }),
      acme: jpegHeaderOf(80, 40),
    })
    expect(images).toMatchObject([{ contentType: 'image/jpeg', filename: 'logo.jpg' }])
    expect(brand.logo?.shown).toMatchObject({ width: 80, height: 40 })
  })

  test('may hold what is no template', async () => {
    expect(await faultsOf({ 'README.md': 'ours', 'locales/notes.txt': '', 'layout.mjml': '<mjml>' })).toEqual([])
  })

  test('is refused with a file by a name that nothing asks for', async () => {
    expect(await faultsOf({ 'mail.ltr.liquid': '', 'locales/english.json': '{}' })).toEqual([
      'mail.ltr.liquid: is no file that mails are made of (did you mean mail.txt.liquid?)',
      'locales/english.json: is not named by a language; write en.json or pt-BR.json',
    ])
  })
})

describe('a theme is refused, with file and line,', () => {
  const LOGO = { logo: { file: 'logo.png', alt: 'Acme' } }
  test.each<[string, string, string, Files?]>([
    ['where it is no JSON', '{\n  "colors": {},\n  "logo" 1\n}', 'theme.json:3: not JSON: .+'],
    ['where it is cut off', '{\n  "colors": ', 'theme.json:2: not JSON: .+'],
    ['where it is empty', '', 'theme.json:1: not JSON: .+'],
    ['where it is a list', '[]', 'theme.json:1: is no mapping of settings to values'],
    ['where a name stands twice', '{\n"logo": {},\n"logo": {}\n}', 'theme.json:3: logo stands there twice; keep one'],
    [
      'for a setting that there is not',
      json({ colours: {} }),
      'theme.json:2: colours: unknown setting .did you mean colors.*',
    ],
    [
      'for a colour that there is not',
      json({ colors: { acent: { light: '#000000' } } }),
      'theme.json:3: colors.acent: unknown setting .did you mean accent.*',
    ],
    [
      'for a shade that there is not',
      json({ colors: { ink: { black: '#000000' } } }),
      'theme.json:4: colors.ink.black: unknown setting; there are light, dark',
    ],
    [
      'for what is no colour',
      json({ colors: { ink: { light: 'red;background:url(x)' } } }),
      'theme.json:4: colors.ink.light: is no colour such as "#0969da"',
    ],
    [
      'for a colour without its shade',
      json({ colors: { ink: '#000000' } }),
      'theme.json:3: colors.ink: must be an object',
    ],
    ['for a logo without words', json({ logo: { file: 'logo.png' } }), 'theme.json:2: logo.alt: is missing'],
    [
      'for a logo of elsewhere',
      json({ logo: { file: '../logo.png', alt: 'x' } }),
      'theme.json:3: logo.file: is no name of a file in this folder',
    ],
    ['for a logo that is not there', json(LOGO), 'theme.json:3: logo.file: logo.png cannot be read .ENOENT.'],
    [
      'for a logo that is no picture',
      json(LOGO),
      'theme.json:3: logo.file: logo.png is neither PNG nor JPEG',
      { 'logo.png': '<svg xmlns="http://www.w3.org/2000/svg"/>' },
    ],
    [
      'for a logo that is too large',
      json(LOGO),
      'theme.json:3: logo.file: logo.png has 50000 bytes; a logo has at most 40960',
      { 'logo.png': Buffer.alloc(50_000) },
    ],
    [
      'for a logo wider than a mail',
      json({ logo: { ...LOGO.logo, width: 900 } }),
      'theme.json:5: logo.width: must be at most 536 .pixels.',
      { 'logo.png': pngOf(10, 10) },
    ],
    [
      'for an address of several lines',
      json({ postalAddress: 'a\nb' }),
      'theme.json:2: postalAddress: is not one line of at most 300 characters',
    ],
  ])('%s', async (_case, theme, fault, files = {}) => {
    expect(await faultsOf({ 'theme.json': theme, ...files })).toEqual([expect.stringMatching(new RegExp(`^${fault}$`))])
  })
})

describe('phrases are refused, with file and line,', () => {
  test.each<[string, string, string]>([
    ['where they are no JSON', '{\n  "stop": "Stop",\n}', 'locales/en.json:3: not JSON: .+'],
    ['for one that is empty', json({ stop: ' ' }), 'locales/en.json:2: the message "stop" is empty'],
    [
      'for one that stands there twice',
      '{\n"stop": "Stop",\n"stop": "Or not"\n}',
      'locales/en.json:3: "stop" stands there twice; keep one',
    ],
    [
      'for one that no mail asks for',
      json({ stop: 'Stop', 'warning.buttn': 'Go' }),
      'locales/en.json:3: no mail asks for the message "warning.buttn".*',
    ],
    [
      'for one near to another, which is named',
      json({ 'warning.acton': 'Go' }),
      'locales/en.json:2: no mail asks for the message "warning.acton" .did you mean warning.action..',
    ],
    [
      'for a name that it is not given',
      json({ 'warning.action': 'Go to {page}' }),
      'locales/en.json:2: the message "warning.action" is not given {page}; it is given nothing',
    ],
    [
      'for what is no ICU message',
      json({ why: 'You {account' }),
      'locales/en.json:2: the message "why" is no ICU message: .+',
    ],
    ['for what is no text', json({ stop: 1 }), 'locales/en.json:2: the message "stop" is no text'],
    [
      'for an address that is not https',
      json({ stop: 'Stop, or read http://acme.example/why' }),
      'locales/en.json:2: links to http://acme.example/why: only https is allowed',
    ],
  ])('%s', async (_case, phrases, fault) => {
    const pattern = fault.replaceAll(/[{}]/g, '\\$&')
    expect(await faultsOf({ 'locales/en.json': phrases })).toEqual([expect.stringMatching(new RegExp(`^${pattern}$`))])
  })

  test('of a language of the company’s where one is missing', async () => {
    const { stop: _, ...others } = JSON.parse(ENGLISH)
    expect(await faultsOf({ 'locales/cs.json': json(others) })).toEqual([
      'locales/cs.json: the message "stop" is missing',
    ])
  })
})

describe('a layout in HTML is refused, with file and line,', () => {
  const AT = LTR.slice(0, LTR.indexOf('<h1')).split('\n').length
  const FILE = 'mail.ltr.html.liquid'
  const withMarkup = (markup: string) => ({ [FILE]: LTR.replace('<h1', `${markup}<h1`) })

  test.each([
    [
      'a script',
      '<script>go()</script>',
      'holds <script>, which mails do without: programs drop it, or distrust the mail',
    ],
    ['a handler', '<b onclick="go()">x</b>', 'holds a script (onclick)'],
    ['a handler without quotes', '<b onclick=go()>x</b>', 'holds a script (onclick)'],
    ['a loop without end', '{% for i in (1..100000000) %}x{% endfor %}', 'memory alloc limit exceeded'],
    ['a form', '<form>', 'holds <form>, which mails do without: programs drop it, or distrust the mail'],
    ['a frame', '<iframe>', 'holds <iframe>, which mails do without: programs drop it, or distrust the mail'],
    [
      'a picture of elsewhere',
      '<img alt="" src="https://cdn.example/a.png">',
      'shows https://cdn.example/a.png: a mail brings along its logo (cid:{{ logoCid }}), and fetches nothing',
    ],
    [
      'a picture behind a table',
      "<table background='//cdn.example/a.png'></table>",
      'shows //cdn.example/a.png: a mail brings along its logo (cid:{{ logoCid }}), and fetches nothing',
    ],
    ['a picture in its style', '<b style="background:url (x)">x</b>', 'holds url(: a mail fetches nothing'],
    ['a style sheet of elsewhere', '<style>@import "x";</style>', 'holds @import: a mail fetches nothing'],
    [
      'a link that is not https',
      '<a href="http://acme.example/x">x</a>',
      'links to http://acme.example/x: only https is allowed',
    ],
    ['such an address as words', '<p>http://acme.example</p>', 'links to http://acme.example: only https is allowed'],
    [
      'a link without a host',
      '<a href="/terms">x</a>',
      'links to /terms: a link is an https address, {{ billingUrl }} or {{ unsubscribeUrl }}',
    ],
    [
      'a link made of a name',
      '<a href="{{ heading }}">x</a>',
      'links to {{ heading }}: a link is an https address, {{ billingUrl }} or {{ unsubscribeUrl }}',
    ],
    ['a link that is a script', '<a href="javascript:go()">x</a>', 'holds an address by javascript:'],
    ['a value that there is not', '{{ grating }}', 'unknown name: grating'],
    ['a colour that there is not', '<b style="color:[[inc]]">x</b>', 'unknown colour: [[inc]]'],
    ['a file of elsewhere', '{% include "mail.txt.liquid" %}', 'tag "include" not found'],
    ['markup of others', '{{ greeting | raw }}', 'undefined filter: raw'],
    ['a condition without an end', '{% if greeting %}', 'tag {% if greeting %} not closed'],
  ])('for %s', async (_case, markup, words) => {
    expect(await faultsOf(withMarkup(markup))).toEqual([`${FILE}:${AT}: ${words}`])
  })

  test('for each fault, in the order of the file', async () => {
    const markup = '<script></script>\n<a\nhref="ftp://x">x</a>'
    expect((await faultsOf(withMarkup(markup))).map((fault) => fault.replace(/(:\d+: \w+ \S+).*/, '$1'))).toEqual([
      `${FILE}:${AT}: holds <script>,`,
      `${FILE}:${AT + 2}: links to`,
    ])
  })

  test.each([
    ['the amounts', '{{ line.amount }}'],
    ['until when', '{{ line.until }}'],
    ['the totals', '{{ total.amount }}'],
    ['what is left out', '{{ more }}'],
    ['the heading', '{{ heading }}'],
    ['what to do', '{{ todo }}'],
    ['the button’s words', '{{ action }}'],
    ['why it came', '{{ why }}'],
    ['how to stop it', '{{ unsubscribeUrl }}'],
    ['the postal address', '{{ postalAddress }}'],
    ['the preheader', '{{ preheader }}'],
    ['that it is a test', '{{ testNotice }}'],
  ])('where %s is not placed', async (_case, part) => {
    expect(await faultsOf({ [FILE]: LTR.replaceAll(`href="${part}"`, '').replaceAll(part, '') })).toEqual([
      `${FILE}: places no ${part}`,
    ])
  })

  test('where a part stands behind what never holds', async () => {
    const hidden = LTR.replace('{{ why }}', '{% if kind == "other" %}{{ why }}{% endif %}')
    expect(await faultsOf({ [FILE]: hidden })).toEqual([`${FILE}: places no {{ why }}`])
  })

  test('where it says not in which language it is, which way it runs, and what it is about', async () => {
    const bare = LTR.replace('<html lang="{{ lang }}" dir="{{ dir }}"', '<html').replace(
      '<title>{{ subject }}</title>',
      '',
    )
    expect(await faultsOf({ [FILE]: bare })).toEqual([
      `${FILE}: places no <html lang="{{ lang }}">`,
      `${FILE}: places no <html dir="{{ dir }}">`,
      `${FILE}: places no <title>{{ subject }}</title>`,
    ])
  })

  test('where there is a logo and no place for it', async () => {
    const files = { 'theme.json': json({ logo: { file: 'logo.png', alt: 'x' } }), 'logo.png': pngOf(4, 4) }
    const without = LTR.replace(/<img[^>]*>/, '')
    expect(await faultsOf({ [FILE]: without, ...files })).toEqual([`${FILE}: places no cid:{{ logoCid }}`])
    expect(await faultsOf({ [FILE]: without })).toEqual([])
  })
})

describe('a layout in text is refused', () => {
  test.each([
    [
      'where an amount is not placed',
      TEXT.replace('{{ line.amount }}', ''),
      'mail.txt.liquid: places no {{ line.amount }}',
    ],
    [
      'where the way to stop is not placed',
      TEXT.replace('{{ unsubscribeUrl }}', ''),
      'mail.txt.liquid: places no {{ unsubscribeUrl }}',
    ],
    [
      'for a link that is not https',
      `\n${TEXT}http://a.example\n`,
      /^mail\.txt\.liquid:\d+: links to http:\/\/a\.example: only/,
    ],
    ['where it does not compile', 'Hello\n{{ heading', 'mail.txt.liquid:2: output "{{ heading" not closed'],
  ])('%s', async (_case, source, fault) => {
    expect(await faultsOf({ 'mail.txt.liquid': source })).toEqual([
      typeof fault === 'string' ? fault : expect.stringMatching(fault),
    ])
  })
})

describe('the contrast of a theme', () => {
  test('is enough in the package’s own', () => {
    expect(faintTexts(DEFAULT_THEME)).toEqual([])
  })

  test('is told by its pair of colours where it is too little, never rounded up to enough', () => {
    // #777777 on white has 4.478 (WCAG's own example of what just fails).
    const theme = {
      ...DEFAULT_THEME,
      ink: { light: '#777777', dark: '#ffffff' },
      card: { light: '#ffffff', dark: '#000000' },
    }
    expect(faintTexts(theme)).toEqual(['ink (#777777) on card (#ffffff), in the light, has a contrast of 4.47 to 1'])
  })
})

describe('docs/templates.md', () => {
  const EXAMPLE = join(packageFolder, 'docs/examples/templates')

  test('has an example that is without fault and remark, and does what it says', async () => {
    const renderer = await createRenderer(templatesFolder, EXAMPLE)
    const hosts = ['example.com']
    expect((await remarksOnOwn(EXAMPLE, { renderer, hosts })).remarks).toEqual([])
    const { html, text } = renderer.render(SAMPLES.warning)
    expect(html).toMatch(/cid:logo\.[\s\S]*#7a1fa2[\s\S]*Use your Acme credits/)
    expect(text).toContain('Acme looks after your credits.')
  })

  test('names every value that a layout is given, and no other', async () => {
    const guide = await readFile(join(packageFolder, 'docs/templates.md'), 'utf8')
    const rows = guide.slice(guide.indexOf('| value '), guide.indexOf('**What a layout must place**'))
    const named = [...rows.matchAll(/`([a-z][A-Za-z]*(?:\.[a-z]+)?)`/g)].map(([, name]) => name)
    // Two of each unit, which have a total.
    const content = { ...SAMPLES.warning, lines: [...SAMPLES.warning.lines, ...SAMPLES.warning.lines] }
    const { lines, totals, notes, ...values } = (await createRenderer(templatesFolder)).view(content)
    const lists = Object.entries({ lines, totals, notes }).flatMap(([list, [item]]) => [
      list,
      ...Object.keys(item ?? {}).map((name) => `${list.slice(0, -1)}.${name}`),
    ])
    const words = ['ltr', 'rtl', 'warning', 'last', 'expired', 'correction']
    expect(named.filter((name = '') => !words.includes(name)).toSorted()).toEqual(
      [...Object.keys(values), ...lists].toSorted(),
    )
  })
})
