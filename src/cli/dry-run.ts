import { type Command, Option } from 'commander'
import { openForReading } from '../compose.ts'
import { dryRun } from '../jobs/dry-run.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { dryRunJson } from './dry-run-json.ts'
import { dryRunTable } from './dry-run-table.ts'
import { note, print, printable, printJson } from './output.ts'
import { openProgress } from './progress.ts'

type Options = Readonly<{ asOf?: Date; account?: string; format: 'table' | 'json' }>

/** `dry-run`: whom a run would mail, what, and who is skipped and why. Reads only, and talks to no mail server. */
export function define(command: Command): void {
  command
    .addOption(asOfOption())
    .option('--account <id>', 'only this account')
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .action(ending(act))
}

async function act({ asOf, account, format }: Options): Promise<undefined> {
  await using setting = await openForReading()
  const result = await dryRun({ ...setting, openProgress }, { asOf: asOf ?? null, accountId: account })
  for (const { row, fault } of result.faults) note(printable(`${row}: ${fault}`))
  if (format === 'json') printJson(dryRunJson(result))
  else print(dryRunTable(result))
}
