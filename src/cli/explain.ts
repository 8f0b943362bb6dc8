import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { UsageError } from '../errors.ts'
import { explainGrant } from '../jobs/explain.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { explanationJson } from './explain-json.ts'
import { explanationText } from './explain-text.ts'
import { formatOption } from './format-option.ts'
import { print, printJson } from './output.ts'

type Options = Readonly<{ asOf?: Date; format: 'text' | 'json' }>

/** `explain GRANT`: each stage of a grant, when due, to whom sent, or why not. */
export function define(command: Command): void {
  command
    .argument('<grant>', 'the id of a credit grant')
    .addOption(asOfOption())
    .addOption(formatOption(['text', 'json']))
    .action(ending(act))
}

async function act(grantId: string, { asOf, format }: Options): Promise<undefined> {
  await using setting = await openForReading()
  const explanation = await explainGrant(setting, { grantId, asOf: asOf ?? null })
  if (explanation === null) throw new UsageError(`there is no credit grant ${grantId} in billing.credit_grants`)
  if (format === 'json') printJson(explanationJson(explanation))
  else print(explanationText(explanation))
}
