import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { didYouMean } from '../config/suggest.ts'
import { canonicalLocale } from '../domain/locale.ts'
import { UsageError } from '../errors.ts'

/** What a company's own folder may hold; whatever it does not, is the package's. */
export const OWN_FILES = {
  theme: 'theme.json',
  ltr: 'mail.ltr.html.liquid',
  rtl: 'mail.rtl.html.liquid',
  text: 'mail.txt.liquid',
} as const

export type OwnFile = keyof typeof OWN_FILES
const LOCALES = 'locales'
const PHRASES_FILE = /^([A-Za-z]{2,3}(?:-[A-Za-z\d]+)*)\.json$/
/** Pictures, notes and the like may lie beside them; a file of these kinds that is not read is a mistake in its name. */
const READ_KINDS = /\.(?:json|liquid)$/

/** The paths of the files that there are. */
export type OwnFolder = Readonly<{
  folder: string
  files: Readonly<Partial<Record<OwnFile, string>>>
  /** By the BCP 47 tag of their language. */
  phrases: ReadonlyMap<string, string>
}>

/**
 * Looks what a company's folder holds.
 *
 * @throws UsageError where it is none, cannot be read, or holds a template by a name that nothing asks for
 */
export async function lookInto(folder: string): Promise<OwnFolder> {
  const names = await namesIn(folder)
  const languages = names.includes(LOCALES) ? await namesIn(join(folder, LOCALES)) : []
  const known: readonly string[] = Object.values(OWN_FILES)
  const faults = [
    ...names
      .filter((name) => READ_KINDS.test(name) && !known.includes(name))
      .map(
        (name) => `${join(folder, name)}: is no file that mails are made of${didYouMean(name, known) || offer(known)}`,
      ),
    ...languages
      .filter((name) => READ_KINDS.test(name) && languageIn(name) === null)
      .map((name) => `${join(folder, LOCALES, name)}: is not named by a language; write en.json or pt-BR.json`),
  ]
  if (faults.length > 0) throw new UsageError(faults)
  const files = Object.entries(OWN_FILES).flatMap(([file, name]) =>
    names.includes(name) ? [[file, join(folder, name)] as const] : [],
  )
  const phrases = languages.flatMap((name) => {
    const language = languageIn(name)
    return language === null ? [] : [[language, join(folder, LOCALES, name)] as const]
  })
  return { folder, files: Object.fromEntries(files), phrases: new Map(phrases) }
}

/** The language whose phrases a file has, by its name; null where it is named by none. */
export function languageIn(fileName: string): string | null {
  return canonicalLocale(PHRASES_FILE.exec(fileName)?.[1] ?? '')
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new UsageError(
      code === 'ENOENT'
        ? `TEMPLATES_DIR names ${folder}, which does not exist; "credit-reminders templates --output ${folder}" makes it`
        : `${folder} cannot be read (${code}); TEMPLATES_DIR must name a folder that this user may read`,
      { cause: error },
    )
  }
}

function offer(known: readonly string[]): string {
  return `; there are ${known.join(', ')}, and ${LOCALES}`
}
