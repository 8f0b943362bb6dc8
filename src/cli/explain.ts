import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { UsageError } from '../errors.ts'
import { explainAccount } from '../jobs/explain/account.ts'
import { explainAddress } from '../jobs/explain/address.ts'
import { explainGrant } from '../jobs/explain/grant.ts'
import type { ExplainSetting } from '../jobs/explain/view.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { accountJson } from './explain-account-json.ts'
import { accountText } from './explain-account-text.ts'
import { addressJson } from './explain-address-json.ts'
import { addressText } from './explain-address-text.ts'
import { explanationJson } from './explain-json.ts'
import { explanationText } from './explain-text.ts'
import { formatOption } from './format-option.ts'
import { print, printJson } from './output.ts'
import { unknownAccount, unknownGrant } from './unknown-id.ts'

type Options = Readonly<{ account?: string; email?: string; asOf?: Date; format: 'text' | 'json' }>

/** What is to be explained: exactly one of them. */
type Asked = Readonly<{ kind: 'grant' | 'account' | 'email'; id: string }>

/** An answer in both of its forms. */
type Answer = Readonly<{ text: () => string; json: () => unknown }>

/** `explain`: a grant's whole story, an account's grants in short, or all that concerns a mail address. */
export function define(command: Command): void {
  command
    .argument('[grant]', 'the id of a credit grant')
    .option('--account <id>', 'tell of each grant of an account, and of what touches them all')
    .option('--email <address>', 'tell of a mail address: whose it is, what it was sent, and what keeps mail from it')
    .addOption(asOfOption())
    .addOption(formatOption(['text', 'json']))
    .action(ending(act))
  withExamples(command, [
    ['explain cg_1', 'the whole story of a grant: who was told what, and what comes next'],
    ['explain --account acc_1', 'each grant of a customer in short'],
    ['explain --email ana@example.com', 'did we tell this person?'],
    ['explain cg_1 --as-of 2026-11-01T00:00:00Z', 'how it stood then, by the rules then in force'],
  ])
}

async function act(grant: string | undefined, { account, email, asOf, format }: Options): Promise<undefined> {
  const asked = onlyOne({ grant, account, email })
  await using setting = await openForReading()
  const { text, json } = await answer(setting, asked, asOf ?? null)
  if (format === 'json') printJson(json())
  else print(text())
}

function onlyOne(given: Readonly<Record<Asked['kind'], string | undefined>>): Asked {
  const kinds = (['grant', 'account', 'email'] as const).flatMap((kind) => {
    const id = given[kind]
    return id === undefined ? [] : [{ kind, id }]
  })
  const [first, second] = kinds
  const wanted = 'give the id of a grant, --account ID or --email ADDRESS'
  if (first === undefined) throw new UsageError(`there is nothing to explain; ${wanted}`)
  if (second !== undefined)
    throw new UsageError(`only one thing is explained at a time; ${wanted}, and only one of them`)
  if (first.id.trim() === '') throw new UsageError(`what is to be explained is empty; ${wanted}`)
  if (first.kind === 'email' && !first.id.includes('@')) {
    throw new UsageError('--email is no mail address such as ana@example.com')
  }
  return first
}

async function answer(setting: ExplainSetting, { kind, id }: Asked, asOf: Date | null): Promise<Answer> {
  if (kind === 'grant') {
    const found = await explainGrant(setting, { grantId: id, asOf })
    if (found === null) throw await unknownGrant(setting.db, id)
    return { text: () => explanationText(found), json: () => explanationJson(found) }
  }
  if (kind === 'account') {
    const found = await explainAccount(setting, { accountId: id, asOf })
    if (found === null) throw await unknownAccount(setting.db, id)
    return { text: () => accountText(found), json: () => accountJson(found) }
  }
  const found = await explainAddress(setting, { address: id, asOf })
  return { text: () => addressText(found), json: () => addressJson(found) }
}
