import { stripVTControlCharacters } from 'node:util'
import { type Command, InvalidArgumentError } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { describeAllowed } from '../domain/recipients.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { type DryRun, dryRun } from '../jobs/dry-run.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { dryRunCsv } from './dry-run-csv.ts'
import { dryRunJson } from './dry-run-json.ts'
import { reportPages } from './dry-run-report.ts'
import { dryRunTable } from './dry-run-table.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { showWritten } from './open-in-browser.ts'
import { note, printable } from './output.ts'
import { openProgress } from './progress.ts'
import { writeResult } from './write-result.ts'

type Options = Readonly<{
  asOf?: Date
  account?: string
  format: 'table' | 'json' | 'csv' | 'html'
  output?: string
  open?: boolean
  failAbove?: number
}>

/** `dry-run`: whom a run would mail, what, and who is skipped and why. Reads only, and talks to no mail server. */
export function define(command: Command): void {
  command
    .addOption(asOfOption())
    .option('--account <id>', 'only this account')
    .addOption(formatOption(['table', 'json', 'csv', 'html']))
    .option('--output <file>', 'write the result to this file')
    .option('--open', 'show the report in the browser (with --format html --output FILE)')
    .option('--fail-above <mails>', 'end with exit code 1 where a run would send more mails than this', parseMost)
    .action(ending(act))
  withExamples(command, [
    ['dry-run', 'whom a run would mail now, and who is skipped and why'],
    ['dry-run --format html --output report.html --open', 'the same as a report for the browser'],
    [
      'dry-run --as-of 2026-12-24T09:00:00Z --account acc_1 --format json',
      'one account at another time, for a program',
    ],
    ['dry-run --format csv --output mails.csv --fail-above 1000', 'for a spreadsheet, and a pipeline that is to stop'],
  ])
}

function parseMost(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number from 0 on, without commas.')
}

async function act(options: Options): Promise<ExitCode | undefined> {
  const { format, output, open = false, failAbove } = options
  if (open && (format !== 'html' || output === undefined)) {
    throw new UsageError('--open shows a report that was written: give --format html and --output FILE too')
  }
  await using setting = await openForReading()
  let mails = 0
  await writeResult(output, async () => {
    const { run, pieces } = await produce(setting, options)
    mails = run.emails.length
    for (const line of faultLines(run)) note(printable(line))
    return pieces
  })
  const { allowedRecipients } = setting.rules
  if (allowedRecipients !== null) note(describeAllowed(allowedRecipients))
  if (output !== undefined) note(`written to ${printable(output)}`)
  if (open && output !== undefined) await showWritten(output)
  if (failAbove === undefined || mails <= failAbove) return EXIT.done
  note(`a run would send ${mails} mails, more than --fail-above ${failAbove}`)
  return EXIT.needsPerson
}

type Setting = Awaited<ReturnType<typeof openForReading>>

async function produce(
  setting: Setting,
  { asOf, account, format, output }: Options,
): Promise<Readonly<{ run: DryRun; pieces: Iterable<string> }>> {
  const request = { asOf: asOf ?? null, accountId: account }
  if (format === 'html') return reportPages(setting, request)
  const run = await dryRun({ ...setting, openProgress }, request)
  if (format === 'csv') return { run, pieces: dryRunCsv(run) }
  if (format === 'json') return { run, pieces: [`${JSON.stringify(dryRunJson(run), null, 2)}\n`] }
  // A file is as wide as its lines, and has no colours.
  const table = output === undefined ? dryRunTable(run) : stripVTControlCharacters(dryRunTable(run, null))
  return { run, pieces: [`${table}\n`] }
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
