// `npm run locales [-- FOLDER]`: what each language of the mails has and lacks. Ends with 1 where one lacks anything.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import { print } from '../src/cli/output.ts'
import { BORDERLESS } from '../src/cli/table.ts'
import { EXIT } from '../src/errors.ts'
import { coverageOf, SHIPPED_LANGUAGES, SOURCE_LANGUAGE } from '../src/mail/coverage.ts'
import { parseMessages } from '../src/mail/parse-messages.ts'
import { ARGUMENTS_BY_PHRASE } from '../src/mail/phrases.ts'
import { templatesFolder } from '../src/paths.ts'

const folder = process.argv[2] ?? templatesFolder
const fileOf = (language: string) => join('locales', `${language}.json`)
const read = (language: string) => readFileSync(join(folder, fileOf(language)), 'utf8')

const names = new Intl.DisplayNames('en', { type: 'language' })
const { messages: english } = parseMessages(read(SOURCE_LANGUAGE), fileOf(SOURCE_LANGUAGE))
const holes: string[] = []
const table = new Table({
  head: ['language', '', 'phrases', 'plurals', 'holes'],
  colAligns: ['left', 'left', 'right', 'left', 'right'],
  chars: BORDERLESS,
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
})
for (const language of SHIPPED_LANGUAGES) {
  const file = fileOf(language)
  const isThere = existsSync(join(folder, file))
  const coverage = isThere
    ? coverageOf(read(language), { language, file, english })
    : { phrases: 0, categories: [], holes: [`${file}: is missing`] }
  const phrases = `${coverage.phrases} of ${ARGUMENTS_BY_PHRASE.size}`
  table.push([language, names.of(language), phrases, coverage.categories.join(' '), coverage.holes.length])
  holes.push(...coverage.holes)
}
print(table.toString())
for (const hole of holes) print(hole)
process.exitCode = holes.length > 0 ? EXIT.needsPerson : EXIT.done
