import { createInterface } from 'node:readline/promises'
import { type Command, Option } from 'commander'
import { openForDeciding } from '../compose-ledger.ts'
import type { Variables } from '../config/environment.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { maskAddress } from '../mask.ts'
import { addressHash } from '../store/address-hash.ts'
import { findContactsByAddress } from '../store/contacts-by-address.ts'
import { type Forgotten, forgetAddress, type KnownOfAddress, readKnown } from '../store/forget-address.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { print, printable } from './output.ts'
import { readAddress } from './suppress-addresses.ts'

type Options = Readonly<{ email: string; suppress?: boolean; yes?: boolean }>

/** `forget --email ADDRESS`: takes what is a person's own out of the ledger; counts, and what "once" rests on, stay. */
export function define(command: Command): void {
  command
    .addOption(
      new Option('--email <address>', 'whose; - reads the address from stdin, where no shell remembers it')
        .argParser(single)
        .makeOptionMandatory(),
    )
    .option('--suppress', 'and keep all mail from it: its hash stays on the suppression list')
    .option('--yes', 'do not ask; needed where nobody is at a terminal')
    .action(ending(act))
  withExamples(command, [
    ['forget --email ana@example.com', 'shows how much there is, and asks'],
    ['forget --email ana@example.com --suppress --yes', 'and never mails it again'],
    ['forget --email - --yes < address.txt', 'no shell remembers the address'],
  ])
}

/** Of two, the first would stay, and whoever gave it would not know. */
function single(text: string, before: string | undefined): string {
  if (before !== undefined) throw new UsageError('one address is forgotten at a time; give --email once')
  return text
}

async function act(options: Options): Promise<ExitCode> {
  const { code, results } = await forgetFor(options, process.env)
  for (const line of results) print(line)
  return code
}

/** The command without its printing. */
export async function forgetFor(
  { email, suppress: isSuppressed = false, yes = false }: Options,
  variables: Variables,
): Promise<Readonly<{ code: ExitCode; results: readonly string[] }>> {
  if (!yes && !canAsk()) throw new UsageError('this cannot be undone and nobody is at a terminal to ask; give --yes')
  if (!yes && email === '-')
    throw new UsageError('stdin holds the address, and no answer can be read from it; give --yes')
  const address = await readAddress(email)
  const shown = printable(maskAddress(address))
  const hash = addressHash(address)
  await using setting = await openForDeciding(variables)
  const { db } = setting
  const contacts = (await findContactsByAddress(db, address)).length
  const known = await readKnown(db, hash)
  const isKnown = known.mails + known.reports + known.entries > 0
  if (!isKnown && !isSuppressed) {
    const nothing = `the ledger has nothing of ${shown}: nothing is to be forgotten`
    return { code: EXIT.done, results: [nothing, ...remainder(contacts, isSuppressed)] }
  }
  if (!yes && !(await isMeant(shown, known, isSuppressed)))
    return { code: EXIT.needsPerson, results: ['nothing was done'] }
  const forgotten = await forgetAddress(db, { hash, isSuppressed })
  const results = [...outcome(shown, forgotten), ...remainder(contacts, isSuppressed)]
  return { code: forgotten.inHand > 0 ? EXIT.needsPerson : EXIT.done, results }
}

function outcome(shown: string, { mails, copies, reports, lapsed, inForce, inHand }: Forgotten): readonly string[] {
  const counts = `mails: ${mails}, copies of mails: ${copies}, reports: ${reports}, entries that hold no more: ${lapsed}`
  const lines = [`${shown} is forgotten (${counts})`]
  if (inForce > 0) {
    lines.push(
      `kept as a hash, because without it mail would go there again (entries of the suppression list, or wishes: ${inForce})`,
    )
  }
  if (inHand > 0) lines.push(`left, because they are being sent just now (mails: ${inHand}): say it again in a minute`)
  return lines
}

/** What brings the address back. */
function remainder(contacts: number, isSuppressed: boolean): readonly string[] {
  if (contacts === 0) return []
  const still = `billing.contacts still has it (rows: ${contacts})`
  return isSuppressed
    ? [`${still}: no mail goes there`]
    : [`${still}: it is mailed, and kept, again when something of theirs expires; remove it there, or give --suppress`]
}

function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

async function isMeant(
  shown: string,
  { mails, reports, entries }: KnownOfAddress,
  isSuppressed: boolean,
): Promise<boolean> {
  // On stderr: it is no result.
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const found = `mails: ${mails}, reports: ${reports}, entries of the suppression list, or wishes: ${entries}`
  const wanted = `forget ${shown} (${found})${isSuppressed ? ', and keep all mail from it' : ''}`
  try {
    const answer = await terminal.question(`${wanted}? It cannot be undone. [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    // Ctrl-C or Ctrl-D in the place of an answer.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
    process.stderr.write('\n')
    return false
  } finally {
    terminal.close()
  }
}
