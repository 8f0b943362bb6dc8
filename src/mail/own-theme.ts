import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { didYouMean } from '../config/suggest.ts'
import { readYaml, type YamlText } from '../config/yaml-text.ts'
import { UsageError } from '../errors.ts'
import { attempt } from './attempt.ts'
import type { Brand } from './brand.ts'
import { parseJson } from './parse-json.ts'
import { readPicture } from './picture.ts'
import { type ColorName, DEFAULT_THEME, type Shades, type Theme } from './theme.ts'

/** With it, a mail in any language stays far below the 102 KB that Gmail shows; and no logo needs more. */
const MAX_LOGO_BYTES = 40 * 1024
/** The width of a mail's card, less its margins. */
const MAX_LOGO_WIDTH_PX = 536
const USUAL_LOGO_WIDTH_PX = 160
const MAX_ALT_CHARACTERS = 100
const COLOR_NAMES = Object.keys(DEFAULT_THEME) as ColorName[]

const color = z
  .string({ error: 'must be a colour in quotes' })
  .regex(/^#[\da-f]{6}$/i, 'is no colour such as "#0969da"')
const shades = z.strictObject({ light: color.optional(), dark: color.optional() })
const text = (most: number) =>
  z.string().refine((value) => new RegExp(`^\\P{Cc}{1,${most}}$`, 'u').test(value) && value.trim() !== '', {
    error: `is not one line of at most ${most} characters`,
  })

const logoSchema = z.strictObject({
  file: z.string().regex(/^[^/\\]+$/, 'is no name of a file in this folder'),
  alt: text(MAX_ALT_CHARACTERS),
  width: z.int().min(16).max(MAX_LOGO_WIDTH_PX).optional(),
})

const themeSchema = z.strictObject({
  colors: z.strictObject(Object.fromEntries(COLOR_NAMES.map((name) => [name, shades.optional()]))).optional(),
  logo: logoSchema.optional(),
  postalAddress: text(300).optional(),
})

/**
 * Reads a company's colours, logo and postal address.
 *
 * @throws UsageError with a line for each fault: file, line, setting and what is wrong
 */
export async function readTheme(file: string): Promise<Brand> {
  const source = await attempt(file, () => readFile(file, 'utf8'))
  const json = readJson(source, file)
  const parsed = themeSchema.safeParse(json.value)
  if (!parsed.success) throw new UsageError(parsed.error.issues.flatMap((issue) => linesFor(issue, json, file)))
  const { colors = {}, logo, postalAddress } = parsed.data
  const fault = (path: readonly string[], words: string) =>
    new UsageError(`${file}:${json.placeOf(path, 'value').line}: ${path.join('.')}: ${words}`)
  return {
    theme: themeOf(colors),
    logo: logo === undefined ? null : await readLogo(logo, { folder: dirname(file), fault }),
    postalAddress: postalAddress ?? null,
  }
}

/** JSON, read as the YAML that it is, which knows where things stand. */
function readJson(source: string, file: string): YamlText {
  parseJson(source, file)
  const json = readYaml(source, '')
  if ('placeOf' in json) return json
  throw new UsageError(json.map(({ line, message }) => `${file}:${line}: ${message}`))
}

function linesFor(issue: z.core.$ZodIssue, json: YamlText, file: string): readonly string[] {
  const at = (path: readonly PropertyKey[], part: 'key' | 'value') => `${file}:${json.placeOf(path, part).line}: `
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? Object.keys(themeSchema.shape) : knownIn(issue.path)
    return issue.keys.map((key) => {
      const help = didYouMean(key, known) || `; there are ${known.join(', ')}`
      return `${at([...issue.path, key], 'key')}${[...issue.path, key].join('.')}: unknown setting${help}`
    })
  }
  const name = issue.path.join('.')
  return [`${at(issue.path, 'value')}${name === '' ? '' : `${name}: `}${wordsFor(issue)}`]
}

function knownIn([first, second]: readonly PropertyKey[]): readonly string[] {
  if (first === 'logo') return Object.keys(logoSchema.shape)
  return second === undefined ? COLOR_NAMES : Object.keys(shades.shape)
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  object: 'an object',
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing'
  if (issue.code === 'invalid_type' && issue.expected in EXPECTED && !issue.message.startsWith('must'))
    return `must be ${EXPECTED[issue.expected]}`
  if (issue.code === 'too_small') return `must be at least ${issue.minimum} (pixels)`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum} (pixels)`
  return issue.message
}

type SomeShades = Readonly<{ light?: string | undefined; dark?: string | undefined }>

/** Ours, but for what the company chose. */
function themeOf(colors: Readonly<Record<string, SomeShades | undefined>>): Theme {
  const chosen = COLOR_NAMES.map((name): [ColorName, Shades] => {
    const { light, dark } = { ...colors[name] }
    return [name, { light: light ?? DEFAULT_THEME[name].light, dark: dark ?? DEFAULT_THEME[name].dark }]
  })
  return Object.fromEntries(chosen) as Theme
}

type Place = Readonly<{ folder: string; fault: (path: readonly string[], words: string) => UsageError }>

async function readLogo(
  { file, alt, width }: z.infer<typeof logoSchema>,
  { folder, fault }: Place,
): Promise<Brand['logo']> {
  const path = join(folder, file)
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw fault(['logo', 'file'], `${file} cannot be read (${error.code})`)
  }
  const { size } = await stat(path).catch(unreadable)
  // Looked at before it is read: whatever it is, it is no logo.
  if (size > MAX_LOGO_BYTES)
    throw fault(['logo', 'file'], `${file} has ${size} bytes; a logo has at most ${MAX_LOGO_BYTES}`)
  const bytes = await readFile(path).catch(unreadable)
  const picture = readPicture(bytes)
  if (picture === null) throw fault(['logo', 'file'], `${file} is neither PNG nor JPEG`)
  const shownWidth = width ?? Math.min(picture.width, USUAL_LOGO_WIDTH_PX)
  // Another logo is another part, whatever programs keep of earlier mails.
  const cid = `logo.${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}@credit-reminders`
  return {
    shown: {
      cid,
      alt,
      width: shownWidth,
      height: Math.max(1, Math.round((picture.height * shownWidth) / picture.width)),
    },
    image: {
      cid,
      contentType: picture.contentType,
      filename: picture.contentType === 'image/png' ? 'logo.png' : 'logo.jpg',
      content: bytes,
    },
  }
}
