import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Liquid, type Template } from 'liquidjs'
import { UsageError } from '../errors.ts'
import { compileMessages, type Messages } from './messages.ts'
import { SAMPLE_CONTENTS } from './samples.ts'
import { type MailView, viewOf } from './view.ts'

const DEFAULT_LOCALE = 'en'
const HTML_TEMPLATE = join('compiled', 'mail.html.liquid')
const TEXT_TEMPLATE = 'mail.txt.liquid'

export type Templates = Readonly<{
  defaultLocale: string
  messages: ReadonlyMap<string, Messages>
  html: (view: MailView) => string
  text: (view: MailView) => string
}>

/** Values are escaped unless a template says otherwise, which none may for the HTML part; unknown names are faults. */
const STRICT = { strictVariables: true, strictFilters: true, ownPropertyOnly: true, jsTruthy: true } as const

/**
 * Reads every template and phrase, and writes a sample of each mail with them: a name that does not exist is found here,
 * at the start, and not in the middle of a night.
 *
 * @throws UsageError naming the file, and the line where there is one
 */
export async function loadTemplates(folder: string): Promise<Templates> {
  const messages = new Map<string, Messages>()
  for (const file of (await readdir(join(folder, 'locales'))).toSorted()) {
    const locale = file.replace(/\.json$/, '')
    const path = join(folder, 'locales', file)
    messages.set(locale, compileMessages(await readFile(path, 'utf8'), locale, path))
  }
  const templates = {
    defaultLocale: DEFAULT_LOCALE,
    messages,
    html: await compile(join(folder, HTML_TEMPLATE), new Liquid({ ...STRICT, outputEscape: 'escape' })),
    text: await compile(join(folder, TEXT_TEMPLATE), new Liquid(STRICT)),
  }
  for (const [locale, say] of messages) {
    for (const content of SAMPLE_CONTENTS) {
      // Marked as a test, they say all that an ordinary mail says and a phrase more.
      const view = viewOf({ ...content, locale, isTest: true }, say, locale)
      templates.html(view)
      templates.text(view)
    }
  }
  return templates
}

async function compile(file: string, engine: Liquid): Promise<(view: MailView) => string> {
  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  const source = await readFile(file, 'utf8')
  const parsed: Template[] = attempt(() => engine.parse(source))
  return (view) => attempt(() => String(engine.renderSync(parsed, view)))
}
