import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { templatesFolder } from '../paths.ts'
import { type MailContent, mailKindOf } from './content.ts'
import { faintTexts } from './contrast.ts'
import { coverageOf, SOURCE_LANGUAGE } from './coverage.ts'
import { MAX_PREHEADER_CHARACTERS, MAX_SUBJECT_CHARACTERS, MIN_PREHEADER_CHARACTERS } from './inbox-words.ts'
import { USUAL_HTML_KB } from './layouts.ts'
import { lookInto, OWN_FILES, type OwnFolder } from './own-folder.ts'
import { parseMessages } from './parse-messages.ts'
import type { Renderer } from './render.ts'
import { SAMPLE_CONTENTS } from './samples.ts'

/** Something that is allowed, and may not be what was meant. */
export type Remark = Readonly<{ found: string; advice: string }>

export type OwnRemarks = Readonly<{
  /** The files that are the company's, by their names in its folder. */
  files: readonly string[]
  remarks: readonly Remark[]
}>

/**
 * What a company's own templates, which are without fault, may have wrong all the same.
 *
 * @param hosts of the billing page and of the pages behind the links: those that readers know
 */
export async function remarksOnOwn(
  folder: string,
  { renderer, hosts }: Readonly<{ renderer: Renderer; hosts: readonly string[] }>,
): Promise<OwnRemarks> {
  const own = await lookInto(folder)
  const sources = await Promise.all(
    [...Object.values(own.files), ...own.phrases.values()].map(async (file) => ({
      file,
      source: await readFile(file, 'utf8'),
    })),
  )
  return {
    files: sources.map(({ file }) => file.slice(folder.length).replace(/^[\\/]+/, '')),
    remarks: [
      ...contrastRemarks(own, renderer),
      ...sources.flatMap(({ file, source }) => linkRemarks(source, { file, hosts })),
      ...sizeRemarks(own, renderer),
      ...(await phraseRemarks(own)),
      ...[...own.phrases].flatMap(([language, file]) => lengthRemarks(language, { file, renderer })),
    ],
  }
}

function contrastRemarks({ files }: OwnFolder, { brand }: Renderer): readonly Remark[] {
  if (files.theme === undefined) return []
  return faintTexts(brand.theme).map((faint) => ({
    found: `${OWN_FILES.theme}: ${faint}`,
    advice: 'people who see little read it from 4.5 to 1 on (WCAG 2.2, AA)',
  }))
}

const BYTES_PER_KB = 1024

/** Of the samples, in a language of each direction. */
function sizeRemarks({ files }: OwnFolder, { render }: Renderer): readonly Remark[] {
  return (['ltr', 'rtl'] as const).flatMap((dir) => {
    const file = files[dir]
    if (file === undefined) return []
    const locale = dir === 'ltr' ? 'en' : 'ar'
    const bytes = Math.max(...SAMPLE_CONTENTS.map((content) => Buffer.byteLength(render({ ...content, locale }).html)))
    if (bytes <= USUAL_HTML_KB * BYTES_PER_KB) return []
    return {
      found: `${file}: makes mails of ${Math.ceil(bytes / BYTES_PER_KB)} KB, and of more where many credits expire`,
      advice: `stay below ${USUAL_HTML_KB}: Gmail cuts off what is beyond 102`,
    }
  })
}

function linkRemarks(
  source: string,
  { file, hosts }: Readonly<{ file: string; hosts: readonly string[] }>,
): readonly Remark[] {
  return source.split('\n').flatMap((line, index) =>
    [...line.matchAll(/https:\/\/[^\s"'<>{}\\]+/gi)].flatMap(([link]) => {
      const host = URL.parse(link)?.host ?? link
      if (hosts.includes(host)) return []
      return {
        found: `${file}:${index + 1}: links to ${host}, which is the host neither of billingUrl nor of PUBLIC_URL`,
        advice: 'see that readers know it to be yours',
      }
    }),
  )
}

/** What a company may well leave unsaid, and what does not count where its phrases stand over others. */
const FREE = /" does not use \{/
const OF_WHOLE_LANGUAGES = /" (?:is missing|is still in English)$/

/** Plural forms and choices that a language lacks. */
async function phraseRemarks({ phrases }: OwnFolder): Promise<readonly Remark[]> {
  if (phrases.size === 0) return []
  const shipped = join(templatesFolder, 'locales')
  const englishFile = join(shipped, `${SOURCE_LANGUAGE}.json`)
  const { messages: english } = parseMessages(await readFile(englishFile, 'utf8'), englishFile)
  const remarks = await Promise.all(
    [...phrases].map(async ([language, file]) => {
      const isNew = await readFile(join(shipped, `${language}.json`)).then(
        () => false,
        () => true,
      )
      const { holes } = coverageOf(await readFile(file, 'utf8'), { language, file, english })
      return holes.filter((hole) => !FREE.test(hole) && (isNew || !OF_WHOLE_LANGUAGES.test(hole)))
    }),
  )
  return remarks.flat().map((found) => ({ found, advice: 'readers would be told something else, or in wrong grammar' }))
}

const CUT = '\u2026'

/** Of the samples of each mail: what mailboxes would cut, or fill up with what comes next. */
function lengthRemarks(
  language: string,
  { file, renderer }: Readonly<{ file: string; renderer: Renderer }>,
): readonly Remark[] {
  return SAMPLE_CONTENTS.flatMap((content: MailContent) => {
    const { subject, preheader } = renderer.view({ ...content, locale: language })
    const kind = mailKindOf(content)
    const about = (name: string, words: string) => ({
      found: `${file}: "${kind}.${name}" ${words}`,
      advice: 'credit-reminders preview shows it',
    })
    return [
      ...(subject.endsWith(CUT)
        ? [about('shortSubject', `is longer than ${MAX_SUBJECT_CHARACTERS} characters, and is cut`)]
        : []),
      ...(preheader.endsWith(CUT)
        ? [about('preheader', `is longer than ${MAX_PREHEADER_CHARACTERS} characters, and is cut`)]
        : []),
      ...(preheader.length < MIN_PREHEADER_CHARACTERS
        ? [
            about(
              'preheader',
              `has ${preheader.length} characters: below ${MIN_PREHEADER_CHARACTERS}, mailboxes add what comes next`,
            ),
          ]
        : []),
    ]
  })
}
