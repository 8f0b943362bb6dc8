import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { describeAllowed } from '../domain/recipients.ts'
import { type DryRun, dryRun } from '../jobs/dry-run.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { dryRunJson } from './dry-run-json.ts'
import { dryRunTable } from './dry-run-table.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { note, print, printable, printJson } from './output.ts'
import { openProgress } from './progress.ts'

type Options = Readonly<{ asOf?: Date; account?: string; format: 'table' | 'json' }>

/** `dry-run`: whom a run would mail, what, and who is skipped and why. Reads only, and talks to no mail server. */
export function define(command: Command): void {
  command
    .addOption(asOfOption())
    .option('--account <id>', 'only this account')
    .addOption(formatOption(['table', 'json']))
    .action(ending(act))
  withExamples(command, [
    ['dry-run', 'whom a run would mail now, and who is skipped and why'],
    ['dry-run --as-of 2026-12-24T09:00:00Z', 'the same as of another time'],
    ['dry-run --account acc_1 --format json', 'one account, for a program'],
  ])
}

async function act({ asOf, account, format }: Options): Promise<undefined> {
  await using setting = await openForReading()
  const result = await dryRun({ ...setting, openProgress }, { asOf: asOf ?? null, accountId: account })
  for (const line of faultLines(result)) note(printable(line))
  const { allowedRecipients } = setting.rules
  if (allowedRecipients !== null) note(describeAllowed(allowedRecipients))
  if (format === 'json') printJson(dryRunJson(result))
  else print(dryRunTable(result))
}

/** A grant without an id is found by its account. */
function nameOf({ grantId, accountId }: DryRun['skipped'][number]): string {
  return grantId === '' ? `a grant of account ${accountId}` : `grant ${grantId}`
}

/** So many are enough to see what is wrong; the JSON has them all. */
const MAX_FAULT_LINES = 20

/** The rows that could not be used as they are, for the operator to mend. */
function faultLines({ faults, skipped }: DryRun): readonly string[] {
  const lines = [
    ...skipped.flatMap((skip) => (skip.detail === null ? [] : [`${nameOf(skip)}: ${skip.detail}; skipped`])),
    ...faults.map(({ row, fault }) => `${row}: ${fault}`),
  ]
  const more = lines.length - MAX_FAULT_LINES
  return more > 0 ? [...lines.slice(0, MAX_FAULT_LINES), `and ${more} rows more with a fault`] : lines
}
