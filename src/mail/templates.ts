import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Liquid } from 'liquidjs'
import { canonicalLocale } from '../domain/locale.ts'
import { UsageError } from '../errors.ts'
import { templatesFolder } from '../paths.ts'
import { compileMessages, type Phrasebook } from './messages.ts'
import { placementsOf } from './placements.ts'
import { DEFAULT_THEME, themed } from './theme.ts'
import { TRIAL_CONTENTS } from './trials.ts'
import { type MailView, viewOf } from './view.ts'

/** Written in where a reader's language has no phrases. */
export const DEFAULT_LOCALE = 'en'
const HTML_TEMPLATES = {
  ltr: join('compiled', 'mail.ltr.html.liquid'),
  rtl: join('compiled', 'mail.rtl.html.liquid'),
} as const
const TEXT_TEMPLATE = 'mail.txt.liquid'
const PHRASES_FILE = /^([A-Za-z]{2,3}(?:-[A-Za-z\d]+)*)\.json$/

export type Templates = Readonly<{
  /** By the BCP 47 tag of their language. */
  phrasebooks: ReadonlyMap<string, Phrasebook>
  html: (view: MailView) => string
  text: (view: MailView) => string
}>

/**
 * Reads every template and phrase, and writes with them the most different mails: a name that does not exist is found
 * here, at the start, and not in the middle of a night. In one language, because templates know none, and what a phrase
 * asks for is known without saying it.
 *
 * @throws UsageError naming the file, and the line where there is one
 */
export async function loadTemplates(folder: string): Promise<Templates> {
  const phrasebooks = await loadPhrasebooks(join(folder, 'locales'))
  const say = phrasebooks.get(DEFAULT_LOCALE)?.(DEFAULT_LOCALE)
  if (say === undefined) throw new UsageError(`${join(folder, 'locales', `${DEFAULT_LOCALE}.json`)}: is missing`)
  const trials = TRIAL_CONTENTS.map((content) => viewOf({ ...content, locale: DEFAULT_LOCALE }, say, DEFAULT_LOCALE))
  return {
    phrasebooks,
    html: await htmlIn(folder, trials),
    text: await compile(join(folder, TEXT_TEMPLATE), { encode: unchanged, trials, prepare: unchanged }),
  }
}

/** The package's own, which its tests hold to be without fault: to compile all of them is most of a command's start. */
const OWN_PHRASES = join(templatesFolder, 'locales')

function whenFirstUsed(compile: () => Phrasebook): Phrasebook {
  let phrasebook: Phrasebook | undefined
  return (locale) => {
    phrasebook ??= compile()
    return phrasebook(locale)
  }
}

async function loadPhrasebooks(folder: string): Promise<ReadonlyMap<string, Phrasebook>> {
  const phrasebooks = new Map<string, Phrasebook>()
  for (const file of (await attempt(folder, () => readdir(folder))).toSorted()) {
    const language = canonicalLocale(PHRASES_FILE.exec(file)?.[1] ?? '')
    if (language === null) continue
    const path = join(folder, file)
    const source = await attempt(path, () => readFile(path, 'utf8'))
    const compiled = () => compileMessages(source, language, path)
    phrasebooks.set(language, folder === OWN_PHRASES ? whenFirstUsed(compiled) : compiled())
  }
  return phrasebooks
}

/** Of each language, the layout that is written its way. */
async function htmlIn(folder: string, trials: readonly MailView[]): Promise<Templates['html']> {
  const task = { encode: escapeHtml, trials, prepare: (source: string) => themed(source, DEFAULT_THEME) }
  const ltr = await compile(join(folder, HTML_TEMPLATES.ltr), task)
  const rtl = await compile(join(folder, HTML_TEMPLATES.rtl), task)
  return (view) => (view.dir === 'rtl' ? rtl : ltr)(view)
}

type Task = Readonly<{
  encode: (text: string) => string
  /** Views that have, between them, everything that a view can have. */
  trials: readonly MailView[]
  /** What is done to a template before it is read. */
  prepare: (source: string) => string
}>

async function compile(file: string, { encode, trials, prepare }: Task): Promise<(view: MailView) => string> {
  const [example] = trials
  if (example === undefined) throw new Error('a template is tried with at least one view')
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    jsTruthy: true,
    outputEscape: (value: unknown) => encode(String(value)),
  })
  // Nobody may place a name as the markup that it is.
  delete engine.filters.raw
  const source = await attempt(file, () => readFile(file, 'utf8'))
  return attempt(file, () => {
    const parsed = engine.parse(prepare(source))
    for (const [name, [use]] of Object.entries(engine.analyzeSync(parsed).globals)) {
      if (!Object.hasOwn(example, name)) throw new Error(`unknown name: ${name}, line:${use?.location.row}`)
    }
    const withLiquid = (view: MailView) => String(engine.renderSync(parsed, view))
    for (const trial of trials) withLiquid(trial)
    return placementsOf(parsed, { example, encode }) ?? withLiquid
  })
}

/** Turns whatever goes wrong with a file into one line that names it, and the line where Liquid tells one. */
async function attempt<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { message } = error as Error
    const [, words = message, line] = /^(.*?), line:(\d+)/s.exec(message) ?? []
    const place = line === undefined ? file : `${file}:${line}`
    throw new UsageError(`${place}: ${words.replace(/\s+/g, ' ')}`, { cause: error })
  }
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ESCAPED[character] as string) : text
}

function unchanged(text: string): string {
  return text
}
