import { Liquid } from 'liquidjs'
import { placementsOf } from './placements.ts'
import type { MailView } from './view.ts'

export type WriteView = (view: MailView) => string

type Task = Readonly<{
  encode: (text: string) => string
  /** Views that have, between them, everything that a view can have. */
  trials: readonly MailView[]
}>

/** Characters and items that a template may make of one mail: far more than any mail has, and no loop without end. */
const MAX_WRITTEN = 10_000_000

const REACHING_FOR_FILES = ['include', 'render', 'layout', 'block']

/**
 * Compiles a template, and tries it. It can place values and decide by them; it can reach no file and no network, and
 * place nothing as the markup that it is.
 *
 * @throws Error in Liquid's words, which end with the line
 */
export function compileTemplate(source: string, { encode, trials }: Task): WriteView {
  const [example] = trials
  if (example === undefined) throw new Error('a template is tried with at least one view')
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    jsTruthy: true,
    memoryLimit: MAX_WRITTEN,
    outputEscape: (value: unknown) => encode(String(value)),
  })
  for (const tag of REACHING_FOR_FILES) delete engine.tags[tag]
  // Nobody may place a name as the markup that it is.
  delete engine.filters.raw
  const parsed = engine.parse(source)
  for (const [name, [use]] of Object.entries(engine.analyzeSync(parsed).globals)) {
    if (!Object.hasOwn(example, name)) throw new Error(`unknown name: ${name}, line:${use?.location.row}`)
  }
  const withLiquid = (view: MailView) => String(engine.renderSync(parsed, view))
  for (const trial of trials) withLiquid(trial)
  return placementsOf(parsed, { example, encode }) ?? withLiquid
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  // Else a page in English would not be ASCII for these alone, and would have to be encoded: the dearest part of a mail.
  '\u00a0': '&nbsp;',
}

export function escapeHtml(text: string): string {
  return /[&<>"'\u00a0]/.test(text) ? text.replace(/[&<>"'\u00a0]/g, (character) => ESCAPED[character] as string) : text
}

export function unchanged(text: string): string {
  return text
}
