import { type Command, Option } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { readRules } from '../config/rules-file.ts'
import { describeAllowed } from '../domain/recipients.ts'
import type { Simulation } from '../domain/simulation.ts'
import { requireForwards, simulate } from '../jobs/simulate.ts'
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
  requireForwards(from ?? null, to)
  const policyRules = policy === undefined ? null : await readRules(policy, '--policy')
  const compared = compare === undefined ? null : await readRules(compare, '--compare')
  await using setting = await openForReading()
  // Who alone may be written to is no matter of the file.
  const { allowedRecipients } = setting.rules
  const rules = policyRules === null ? setting.rules : { ...policyRules, allowedRecipients }
  const otherRules = compared && { ...compared, allowedRecipients }
  const result = await simulate({ ...setting, openProgress }, { from: from ?? null, to, rules, otherRules })
  if (result.sweptAlready !== null) {
    note(`the ledger has sweeps up to ${result.sweptAlready.toISOString()}: what they told counts as told`)
  }
  if (allowedRecipients !== null) note(describeAllowed(allowedRecipients))
  for (const line of textOf(result)) print(line)
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
