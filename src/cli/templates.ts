import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { LAYOUT_FILES } from '../mail/layouts.ts'
import { OWN_FILES } from '../mail/own-folder.ts'
import { DEFAULT_THEME } from '../mail/theme.ts'
import { templatesFolder } from '../paths.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { note, print } from './output.ts'
import { writeFiles } from './write-files.ts'

/** `templates`: a copy of the package's own templates, for a company to begin its own with (TEMPLATES_DIR). */
export function define(command: Command): void {
  command
    .requiredOption('--output <folder>', 'where to put the files; none that is there is written over')
    .action(ending(act))
  withExamples(command, [['templates --output our-templates', 'then change them, and set TEMPLATES_DIR=our-templates']])
}

async function act({ output }: Readonly<{ output: string }>): Promise<undefined> {
  for (const path of await writeFiles(output, await packageFiles(), 'wx')) print(path)
  note('keep what you change, and delete the rest: what is not there is the package’s, and gets better with it')
}

/** Under the names that a company's own go by. */
async function packageFiles(): Promise<Readonly<Record<string, string>>> {
  const layouts = Object.entries(LAYOUT_FILES).map(([name, file]) => [
    OWN_FILES[name as keyof typeof LAYOUT_FILES],
    file,
  ])
  const languages = (await readdir(join(templatesFolder, 'locales'))).toSorted().map((name) => join('locales', name))
  const copied = [...layouts, ...languages.map((name) => [name, name])].map(async ([name = '', file = '']) => [
    name,
    await readFile(join(templatesFolder, file), 'utf8'),
  ])
  const theme = [OWN_FILES.theme, `${JSON.stringify({ colors: DEFAULT_THEME }, null, 2)}\n`]
  return Object.fromEntries([theme, ...(await Promise.all(copied))])
}
