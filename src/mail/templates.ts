import { join } from 'node:path'
import { onFirstUse } from '../domain/memo.ts'
import { UsageError } from '../errors.ts'
import { together } from './attempt.ts'
import { type Brand, NO_BRAND } from './brand.ts'
import { type Layouts, loadLayouts } from './layouts.ts'
import { lookInto } from './own-folder.ts'
import { readTheme } from './own-theme.ts'
import { loadPhrasebooks, type Phrasebooks } from './phrasebooks.ts'
import { TRIAL_CONTENTS } from './trials.ts'
import { viewOf } from './view.ts'

/** Written in where a reader's language has no phrases. */
export const DEFAULT_LOCALE = 'en'

export type Templates = Layouts & Readonly<{ phrasebooks: Phrasebooks; brand: Brand }>

/**
 * Reads every template and phrase, and writes with a company's own the most different mails: a name that does not exist
 * is found here, at the start, and not in the middle of a night. In one language, because templates know none, and what
 * a phrase asks for is known without saying it. The package's own are compiled when they are first needed.
 *
 * @param folder the package's
 * @param ownFolder the company's, whose files take the place of the package's; null where it has none
 * @throws UsageError with a line for each fault, naming the file, and the line where there is one
 */
export async function loadTemplates(folder: string, ownFolder: string | null = null): Promise<Templates> {
  const own = ownFolder === null ? null : await lookInto(ownFolder)
  const theme = own?.files.theme
  const [phrasebooks, brand] = await together([
    loadPhrasebooks(join(folder, 'locales'), own),
    theme === undefined ? Promise.resolve(NO_BRAND) : readTheme(theme),
  ])
  const say = phrasebooks.get(DEFAULT_LOCALE)?.(DEFAULT_LOCALE)
  if (say === undefined) throw new UsageError(`${join(folder, 'locales', `${DEFAULT_LOCALE}.json`)}: is missing`)
  const trials = onFirstUse(() =>
    TRIAL_CONTENTS.map((content) => viewOf({ ...content, locale: DEFAULT_LOCALE }, say, DEFAULT_LOCALE)),
  )
  return { phrasebooks, brand, ...(await loadLayouts({ folder, own, brand, trials })) }
}
