import { type Command, Option } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { readRules } from '../config/rules-file.ts'
import type { Rules } from '../domain/rules.ts'
import type { Simulation } from '../domain/simulation.ts'
import { UsageError } from '../errors.ts'
import { simulate } from '../jobs/simulate.ts'
import { parseInstant } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { note, print } from './output.ts'
import { openProgress } from './progress.ts'

type Options = Readonly<{ from?: Date; to: Date; policy?: string; compare?: string }>

/** `simulate`: every mail that a period would bring, under today's rules or others. Reads only. */
export function define(command: Command): void {
  withExamples(command, [
    ['simulate --to 2027-03-01T00:00:00Z', 'the mails from now on, by day'],
    ['simulate --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z --policy new.yaml', 'a year under other rules'],
    ['simulate --to 2027-03-01T00:00:00Z --compare new.yaml', "today's rules and others side by side"],
  ])
    .addOption(instantOption('--from', 'the first instant of the period (ISO 8601 with a zone); now by default'))
    .addOption(instantOption('--to', 'its end, outside already').makeOptionMandatory())
    .option('--policy <file>', 'rules to simulate in the place of credit-reminders.yaml')
    .option('--compare <file>', 'a second set of rules, to compare with')
    .action(ending(act))
}

async function act({ from, to, policy, compare }: Options): Promise<undefined> {
  if (from !== undefined && to <= from) {
    throw new UsageError(
      `--to ${to.toISOString()} is not after --from ${from.toISOString()}: the period runs backwards`,
    )
  }
  await using setting = await openForReading()
  const rules = await otherRules(policy, '--policy', setting.rules)
  const compared = await otherRules(compare, '--compare', setting.rules)
  const request = { from: from ?? null, to, rules: rules ?? setting.rules, otherRules: compared }
  const result = await simulate({ ...setting, openProgress }, request)
  if (result.sweptAlready !== null) {
    note(`the ledger has sweeps up to ${result.sweptAlready.toISOString()}: what they told counts as told`)
  }
  for (const line of textOf(result)) print(line)
}

/** The rules of a file in the format of credit-reminders.yaml; who alone may be written to stays as it is. */
async function otherRules(
  file: string | undefined,
  option: string,
  { allowedRecipients }: Rules,
): Promise<Rules | null> {
  return file === undefined ? null : { ...(await readRules(file, option)), allowedRecipients }
}

function instantOption(name: string, description: string): Option {
  return new Option(`${name} <time>`, description).argParser((text: string) => parseInstant(text, name))
}

function textOf({ from, to, period, compared }: Simulation): readonly string[] {
  const { emails, people } = period.totals
  return [
    `From ${from.toISOString()} to ${to.toISOString()}: ${emails} mails to ${people} people in ${period.sweeps} sweeps.`,
    ...period.days.map(({ day, emails }) => `${day}  ${emails}`),
    ...period.held.map(({ at, because }) => `${at.toISOString()}  held: ${because}`),
    ...(compared === null
      ? []
      : [
          `Compared: ${compared.totals.emails} mails to ${compared.totals.people} people`,
          `no longer warned: ${compared.comparison.noLongerWarned.people}, newly warned: ${compared.comparison.newlyWarned.people}`,
        ]),
  ]
}
