import { stripVTControlCharacters } from 'node:util'
import { type Command, Option } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { readRules } from '../config/rules-file.ts'
import { describeAllowed } from '../domain/recipients.ts'
import type { Rules } from '../domain/rules.ts'
import { UsageError } from '../errors.ts'
import { databaseClock } from '../jobs/clock.ts'
import { requireForwards } from '../jobs/simulate.ts'
import { type ReportRequest, reportSimulation, type SimulationReport } from '../jobs/simulation-report.ts'
import { parseInstant } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { showWritten } from './open-in-browser.ts'
import { note, printable, terminalWidth } from './output.ts'
import { openProgress } from './progress.ts'
import { openCsv } from './simulate-csv.ts'
import type { SimulationForm } from './simulate-form.ts'
import { openJson } from './simulate-json.ts'
import { openPage } from './simulate-page.ts'
import { openTable } from './simulate-table.ts'
import { writeResult } from './write-result.ts'

type Options = Readonly<{
  from?: Date
  to: Date
  policy?: string
  compare?: string
  format: 'table' | 'json' | 'csv' | 'html'
  output?: string
  open?: boolean
}>

/** Beyond that, nothing is left of what is known today. */
const MAX_YEARS = 5

/** `simulate`: every mail that a period would bring, under today's rules or others. Reads only. */
export function define(command: Command): void {
  withExamples(command, [
    ['simulate --to 2027-03-01T00:00:00Z', 'the mails from now on, by day'],
    ['simulate --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z --policy new.yaml', 'a year under other rules'],
    ['simulate --to 2027-03-01T00:00:00Z --compare new.yaml', "today's rules and others side by side"],
    [
      'simulate --to 2027-03-01T00:00:00Z --compare new.yaml --format html --output what-if.html --open',
      'the same as a page for the browser',
    ],
  ])
    .addOption(instantOption('--from', 'the first instant of the period (ISO 8601 with a zone); now by default'))
    .addOption(instantOption('--to', 'its end, outside already').makeOptionMandatory())
    .option('--policy <file>', 'rules to simulate in the place of credit-reminders.yaml')
    .option('--compare <file>', 'a second set of rules, to compare with')
    .addOption(formatOption(['table', 'json', 'csv', 'html']))
    .option('--output <file>', 'write the result to this file')
    .option('--open', 'show the page in the browser (with --format html --output FILE)')
    .action(ending(act))
}

async function act({ from, to, policy, compare, ...form }: Options): Promise<undefined> {
  const { format, output, open = false } = form
  if (open && (format !== 'html' || output === undefined)) {
    throw new UsageError('--open shows a page that was written: give --format html and --output FILE too')
  }
  if (from !== undefined) requirePeriod({ from, to }, '--from')
  const policyRules = policy === undefined ? null : await readRules(policy, '--policy')
  const compareRules = compare === undefined ? null : await readRules(compare, '--compare')
  await using setting = await openForReading()
  const now = (await databaseClock(setting.db))()
  if (from === undefined) requirePeriod({ from: now, to }, 'now')
  // Who alone may be written to is no matter of the file.
  const { allowedRecipients } = setting.rules
  const named = (rules: Rules, name: string) => ({ name, rules: { ...rules, allowedRecipients } })
  const request = {
    from: from ?? now,
    to,
    rules: policyRules === null ? named(setting.rules, "today's rules") : named(policyRules, policy ?? ''),
    otherRules: compareRules && named(compareRules, compare ?? ''),
  }
  using shown = openForm(form, request)
  const found: { report?: SimulationReport } = {}
  await writeResult(output, async () => {
    const report = await reportSimulation({ ...setting, openProgress }, request, shown.listener)
    found.report = report
    return shown.pieces(report)
  })
  const sweptAlready = found.report?.sweptAlready ?? null
  if (sweptAlready !== null) {
    note(`the ledger has sweeps up to ${sweptAlready.toISOString()}: what they told counts as told`)
  }
  if (allowedRecipients !== null) note(describeAllowed(allowedRecipients))
  if (output !== undefined) note(`written to ${printable(output)}`)
  if (open && output !== undefined) await showWritten(output)
}

function requirePeriod({ from, to }: Readonly<{ from: Date; to: Date }>, since: 'now' | '--from'): void {
  requireForwards(from, to, since)
  const latest = new Date(from)
  latest.setUTCFullYear(from.getUTCFullYear() + MAX_YEARS)
  if (to <= latest) return
  throw new UsageError(
    `--to ${to.toISOString()} is more than ${MAX_YEARS} years after ${since === 'now' ? 'now' : `--from ${from.toISOString()}`}; give ${latest.toISOString()} at the latest`,
  )
}

function openForm({ format, output }: Pick<Options, 'format' | 'output'>, request: ReportRequest): SimulationForm {
  switch (format) {
    case 'json':
      return openJson()
    case 'csv':
      return openCsv()
    case 'html':
      return openPage(request)
    case 'table':
      // A file is as wide as its lines, and has no colours.
      return output === undefined ? openTable(terminalWidth()) : openTable(null, stripVTControlCharacters)
  }
}

function instantOption(name: string, description: string): Option {
  return new Option(`${name} <time>`, description).argParser((text: string) => parseInstant(text, name))
}
