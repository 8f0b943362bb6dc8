import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onFirstUse } from '../domain/memo.ts'
import { UsageError } from '../errors.ts'
import { templatesFolder } from '../paths.ts'
import { attempt, placed, together } from './attempt.ts'
import type { Brand } from './brand.ts'
import { compileTemplate, escapeHtml, unchanged, type WriteView } from './compile-template.ts'
import { htmlFaults, textFaults } from './layout-faults.ts'
import { partsMissing } from './layout-parts.ts'
import type { OwnFolder } from './own-folder.ts'
import { themed } from './theme.ts'
import type { MailView } from './view.ts'

/** Where the package's own lie in its folder, by what a company calls its own. */
export const LAYOUT_FILES = {
  ltr: join('compiled', 'mail.ltr.html.liquid'),
  rtl: join('compiled', 'mail.rtl.html.liquid'),
  text: 'mail.txt.liquid',
} as const

/** What a usual mail stays below: Gmail cuts off what is beyond 102 KB, and long mails come near it. */
export const USUAL_HTML_KB = 25

type LayoutName = keyof typeof LAYOUT_FILES

export type Layouts = Readonly<{ html: WriteView; text: WriteView }>

type Setting = Readonly<{
  /** The package's. */
  folder: string
  own: OwnFolder | null
  brand: Brand
  trials: () => readonly MailView[]
}>

/** The layouts: of each language the one that is written its way; the company's own before the package's. */
export async function loadLayouts(setting: Setting): Promise<Layouts> {
  const [ltr, rtl, text] = await together([load('ltr', setting), load('rtl', setting), load('text', setting)])
  return { html: (view) => (view.dir === 'rtl' ? rtl : ltr)(view), text }
}

async function load(name: LayoutName, { folder, own, brand, trials }: Setting): Promise<WriteView> {
  const ownFile = own?.files[name]
  const file = ownFile ?? join(folder, LAYOUT_FILES[name])
  const form = name === 'text' ? 'text' : 'html'
  const source = await attempt(file, () => readFile(file, 'utf8'))
  if (ownFile !== undefined) refuse(form === 'html' ? htmlFaults(source, file) : textFaults(source, file))
  const encode = form === 'html' ? escapeHtml : unchanged
  const compiled = onFirstUse(() => {
    try {
      return compileTemplate(form === 'html' ? themed(source, brand.theme) : source, { encode, trials: trials() })
    } catch (error) {
      throw placed(file, error)
    }
  })
  // The package's own are held to be without fault by its tests: a command that writes no mail need not wait for them.
  if (ownFile === undefined && folder === templatesFolder) return (view) => compiled()(view)
  const write = compiled()
  if (ownFile !== undefined)
    await refuseIncomplete(write, { file, name, trials: trials(), hasLogo: brand.logo !== null })
  return write
}

type Company = Readonly<{ file: string; name: LayoutName; trials: readonly MailView[]; hasLogo: boolean }>

async function refuseIncomplete(write: WriteView, { file, name, trials, hasLogo }: Company): Promise<void> {
  // The first of each are the fullest.
  const ofEachKind = [...new Map(trials.toReversed().map((view) => [view.kind, view])).values()]
  const views = ofEachKind.map((view) => (name === 'text' ? view : { ...view, dir: name }))
  const form = name === 'text' ? 'text' : 'html'
  const missing = await attempt(file, () => partsMissing({ write, form, hasLogo }, views))
  refuse(missing.map((part) => `${file}: places no ${part}`))
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UsageError(faults)
}
