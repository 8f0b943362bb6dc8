import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onFirstUse } from '../domain/memo.ts'
import { UsageError } from '../errors.ts'
import { templatesFolder } from '../paths.ts'
import { attempt, together } from './attempt.ts'
import { textFaults } from './layout-faults.ts'
import { compileMessages, type Phrasebook, phrasebookOf } from './messages.ts'
import { languageIn, type OwnFolder } from './own-folder.ts'
import { parseMessages, parseOwnMessages } from './parse-messages.ts'

/** By the BCP 47 tag of their language. */
export type Phrasebooks = ReadonlyMap<string, Phrasebook>

/** The package's own, which its tests hold to be without fault: to compile all of them is most of a command's start. */
const OWN_PHRASES = join(templatesFolder, 'locales')

/**
 * Reads the phrases of each language that a folder has, with those of a company in the place of these.
 *
 * @throws UsageError with a line for each fault of either
 */
export async function loadPhrasebooks(folder: string, own: OwnFolder | null): Promise<Phrasebooks> {
  const given = await givenIn(folder)
  const ofCompany = own?.phrases ?? new Map<string, string>()
  const languages = [...new Set([...given.keys(), ...ofCompany.keys()])]
  const phrasebooks = await together(
    languages.map(async (language) => {
      const files = { given: given.get(language) ?? null, own: ofCompany.get(language) ?? null }
      return [language, await load(language, { ...files, isPackage: folder === OWN_PHRASES })] as const
    }),
  )
  return new Map(phrasebooks)
}

async function givenIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await attempt(folder, () => readdir(folder))).toSorted()
  return new Map(
    names.flatMap((name) => {
      const language = languageIn(name)
      return language === null ? [] : [[language, join(folder, name)] as const]
    }),
  )
}

type Files = Readonly<{ given: string | null; own: string | null; isPackage: boolean }>

async function load(language: string, { given, own, isPackage }: Files): Promise<Phrasebook> {
  const source = given === null ? null : await attempt(given, () => readFile(given, 'utf8'))
  if (own !== null) return merged(language, { source, own })
  if (source === null || given === null) throw new Error(`no phrases of ${language}`)
  if (!isPackage) return compileMessages(source, language, given)
  const compiled = onFirstUse(() => compileMessages(source, language, given))
  return (locale) => compiled()(locale)
}

/** A company's phrases over the given ones; of a language that is not given, they must be all. */
async function merged(
  language: string,
  { source, own }: Readonly<{ source: string | null; own: string }>,
): Promise<Phrasebook> {
  const ownSource = await attempt(own, () => readFile(own, 'utf8'))
  const { messages, faults } = parseOwnMessages(ownSource, own)
  const missing = source === null ? parseMessages(ownSource, own).faults.filter((line) => !faults.includes(line)) : []
  const links = textFaults(ownSource, own)
  if (faults.length + missing.length + links.length > 0) throw new UsageError([...faults, ...missing, ...links])
  const given = source === null ? [] : parseMessages(source, own).messages
  return phrasebookOf(new Map([...given, ...messages]), language)
}
