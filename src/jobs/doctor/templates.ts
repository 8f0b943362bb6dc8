import { UsageError } from '../../errors.ts'
import { createRenderer } from '../../mail/render.ts'
import { SAMPLE_CONTENTS } from '../../mail/samples.ts'
import { type Finding, fault, ok } from './finding.ts'

/** Compiles the templates, and writes a sample of each mail in each language. */
export async function checkTemplates(
  folder: string,
): Promise<Readonly<{ finding: Finding; locales: readonly string[] | null }>> {
  try {
    const { locales, render } = await createRenderer(folder)
    const samples = locales.flatMap((locale) => SAMPLE_CONTENTS.map((content) => render({ ...content, locale })))
    const found = `${samples.length} samples written, in ${locales.join(', ')}`
    return { finding: ok('templates', found), locales }
  } catch (error) {
    const finding = fault('templates', 'setting', wordsFor(error), 'mend the file, or restore the one of the package')
    return { finding, locales: null }
  }
}

function wordsFor(error: unknown): string {
  if (error instanceof UsageError) return error.lines.join('; ')
  // A file that is not there, or may not be read.
  if (error instanceof Error && 'syscall' in error) return error.message
  throw error
}
