import { type Command, Option } from 'commander'
import { readEnvironment } from '../config/environment.ts'
import { keepHeapSmall } from '../heap.ts'
import { importFiles } from '../jobs/import/files.ts'
import { type Imports, importRows } from '../jobs/import/import.ts'
import { IMPORTED, type Imported } from '../jobs/import/relations.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { note, print, printJson } from './output.ts'
import { openProgress } from './progress.ts'

type Options = Readonly<{ as?: Imported; dryRun?: boolean; format: 'text' | 'json' }>

/** `import FILE…`: rows from files into the tables that `migrate --with-billing` made. */
export function define(command: Command): void {
  withExamples(
    command
      .argument('<file...>', 'CSV or JSON Lines, also packed (.gz); - is stdin')
      .addOption(new Option('--as <relation>', 'what is in them, where their names do not tell').choices(IMPORTED))
      .option('--dry-run', 'check every row and say what would change; write nothing')
      .addOption(formatOption(['text', 'json']))
      .action(ending(act)),
    [
      ['import accounts.csv contacts.csv grants.csv', 'all three together, or with a single fault none of them'],
      ['import grants.jsonl.gz --dry-run', 'only check the file, and count what would change'],
      ['import export-2026-11.csv --as grants', 'a file whose name does not tell what is in it'],
      ['import - --as usage < usage.csv', 'from a pipe'],
    ],
  )
}

async function act(paths: readonly string[], { as, dryRun = false, format }: Options): Promise<undefined> {
  keepHeapSmall()
  const { DATABASE_URL: url } = readEnvironment(process.env, ['DATABASE_URL'])
  const files = await importFiles(paths, as ?? null)
  const imports = await importRows({ url, files, stdin: process.stdin, openProgress, isDry: dryRun })
  if (format === 'json')
    printJson({ dryRun, relations: imports.map(({ relation, counts }) => ({ relation, ...counts })) })
  else for (const each of imports) print(line(each, dryRun))
  note(nextStep(imports, dryRun))
}

function line({ relation, counts: { added, changed, unchanged } }: Imports[number], isDry: boolean): string {
  if (added + changed + unchanged === 0) return `${relation}: no rows in the files`
  const would = isDry ? 'would be ' : ''
  return `${relation}: ${added} ${would}added, ${changed} ${would}changed, ${unchanged} as they were`
}

function nextStep(imports: Imports, isDry: boolean): string {
  if (isDry) return 'nothing was written; without --dry-run it is'
  const isSame = imports.every(({ counts: { added, changed } }) => added + changed === 0)
  return isSame ? 'nothing was to be changed' : 'credit-reminders dry-run shows whom a run would mail now'
}
