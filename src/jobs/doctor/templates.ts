import { UsageError } from '../../errors.ts'
import { remarksOnOwn } from '../../mail/own-remarks.ts'
import { createRenderer, type Renderer } from '../../mail/render.ts'
import { SAMPLE_CONTENTS } from '../../mail/samples.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

type Checked = Readonly<{ findings: readonly Finding[]; locales: readonly string[] | null }>

/** Compiles the templates, and writes a sample of each mail in each language. */
export async function checkTemplates(
  folder: string,
  { ownFolder, hosts }: Readonly<{ ownFolder: string | null; hosts: readonly string[] }>,
): Promise<Checked> {
  try {
    const renderer = await createRenderer(folder, ownFolder)
    const { locales, render } = renderer
    const samples = locales.flatMap((locale) => SAMPLE_CONTENTS.map((content) => render({ ...content, locale })))
    const written = ok('templates', `${samples.length} samples written, in ${locales.join(', ')}`)
    const ofOwn = ownFolder === null ? [] : await examineOwn(ownFolder, { renderer, hosts })
    return { findings: [written, ...ofOwn], locales }
  } catch (error) {
    const advice =
      ownFolder === null
        ? 'mend the file, or restore the one of the package'
        : 'mend it, or take the file away; docs/templates.md tells what each may hold'
    return { findings: linesOf(error).map((line) => fault('templates', 'setting', line, advice)), locales: null }
  }
}

/** What the company has written itself, and what it may not have meant. */
async function examineOwn(
  folder: string,
  setting: Readonly<{ renderer: Renderer; hosts: readonly string[] }>,
): Promise<readonly Finding[]> {
  const { files, remarks } = await remarksOnOwn(folder, setting)
  const found = files.length === 0 ? 'none' : files.join(', ')
  return [
    ok('templates', `of the company's own, in ${folder}: ${found}`),
    ...remarks.map((remark) => warning('templates', remark.found, remark.advice)),
  ]
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof UsageError) return error.lines
  // A file that is not there, or may not be read.
  if (error instanceof Error && 'syscall' in error) return [error.message]
  throw error
}
