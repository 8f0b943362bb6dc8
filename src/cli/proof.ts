import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import type { Variables } from '../config/environment.ts'
import { didYouMean } from '../config/suggest.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { explainGrant } from '../jobs/explain/grant.ts'
import type { ExplainSetting } from '../jobs/explain/view.ts'
import { gatherProof, type Proof } from '../jobs/proof.ts'
import { proofPage } from '../pages/proof.ts'
import { neighboursOf } from '../store/near-grants.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { nextText, reasonText, waitingMail } from './explain-words.ts'
import { note, print, printable } from './output.ts'
import { requireRoom, writeFolder } from './output-folder.ts'
import { evidenceOf, hashesOf } from './proof-files.ts'
import { proofJson } from './proof-json.ts'

type Options = Readonly<{ grant: string; output: string; contact?: string; asOf?: Date }>

/** `proof`: a folder that shows who was told of a grant, when, in which words, and what the mail server said to it. */
export function define(command: Command): void {
  command
    .requiredOption('--grant <id>', 'the credit grant that somebody was told of')
    .requiredOption('--output <folder>', 'where to put the files; it is new, or empty')
    .option('--contact <id>', 'only what this contact was told')
    .addOption(asOfOption())
    .action(ending(act))
  withExamples(command, [
    [
      'proof --grant cg_1 --output proof-cg_1',
      'the mails as sent, what the mail server said, and the policy then in force',
    ],
    ['proof --grant cg_1 --contact con_1 --output proof-ana', 'the same for one person'],
    ['proof --grant cg_1 --as-of 2026-11-01T00:00:00Z --output proof-october', 'what could be shown at that time'],
  ])
}

async function act(options: Options): Promise<ExitCode> {
  const { code, results, notes } = await prove(options)
  for (const line of results) print(line)
  for (const line of notes) note(line)
  return code
}

/** What the command has to say. */
type Outcome = Readonly<{ code: ExitCode; results: readonly string[]; notes: readonly string[] }>

/** The command without its printing. */
export async function prove(
  { grant: grantId, output, contact, asOf }: Options,
  variables: Variables = process.env,
): Promise<Outcome> {
  if (grantId.trim() === '') throw new UsageError('--grant is empty; give the id of a credit grant')
  await requireRoom(output)
  await using setting = await openForReading(variables)
  const request = { grantId, contactId: contact ?? null, asOf: asOf ?? null }
  const proof = await gatherProof(setting, request)
  if (proof === null) throw await unknownGrant(setting, grantId)
  if (proof.told.length === 0) {
    const why = await whyNobody(setting, request)
    return {
      code: EXIT.needsPerson,
      results: [],
      notes: [`${why}; there is nothing to prove, and nothing was written`],
    }
  }
  const page = { name: 'summary.html', content: proofPage(proof) }
  const json = { name: 'proof.json', content: `${JSON.stringify(proofJson(proof), null, 2)}\n` }
  const files = [page, json, ...evidenceOf(proof)]
  await writeFolder(output, [...files, hashesOf(files)])
  return {
    code: isAltered(proof) ? EXIT.needsPerson : EXIT.done,
    results: resultsOf(proof, output),
    notes: notesOn(proof),
  }
}

function resultsOf({ grantId, told }: Proof, output: string): readonly string[] {
  const doubtful = told.filter(({ isAccepted }) => !isAccepted).length
  const inDoubt = doubtful === 0 ? '' : `, of which ${doubtful} may or may not have arrived`
  return [
    `grant ${printable(grantId)}: told by ${count(told.length, 'mail')}${inDoubt}`,
    `written to ${output}: begin with summary.html`,
  ]
}

function isAltered({ told }: Proof): boolean {
  return told.some(({ copies }) => copies.some(({ state }) => state === 'altered'))
}

/** What is not as one would wish it. */
function notesOn({ told, rules }: Proof): readonly string[] {
  const copies = told.flatMap((each) => each.copies)
  const gone = copies.filter(({ state }) => state === 'hash-only').length
  const bare = told.filter((each) => each.copies.length === 0).length
  const altered = copies.filter(({ state }) => state === 'altered').length
  const others = rules.filter(({ isAsKept }) => !isAsKept).length
  return [
    ...(gone > 0 ? [`of ${count(gone, 'copy', 'copies')} of mails only the hash is left (keepMails)`] : []),
    ...(bare > 0 ? [`of ${count(bare, 'mail')} there is neither a copy nor a hash; the page says why`] : []),
    ...(altered > 0
      ? [`changed in the ledger since, and no proof: ${count(altered, 'copy', 'copies')}, by the hash kept of each`]
      : []),
    ...(others > 0
      ? [`not as they were kept, by their hash: ${count(others, 'set')} of rules; the page says more`]
      : []),
  ]
}

/** Why there is nothing to prove, in the words of `explain`. */
async function whyNobody(
  setting: ExplainSetting,
  { grantId, contactId, asOf }: Readonly<{ grantId: string; contactId: string | null; asOf: Date | null }>,
): Promise<string> {
  const grant = printable(grantId)
  const told =
    contactId === null
      ? `nobody was told of grant ${grant}`
      : `contact ${printable(contactId)} was not told of grant ${grant}`
  const explained = await explainGrant(setting, { grantId, asOf })
  if (explained === null) return told
  const { story, fault, file, next, notices } = explained
  if (contactId !== null && !file.contacts.some(({ id }) => id === contactId)) {
    return `${told}: the account has no such contact`
  }
  if (story === null) return `${told}: ${printable(fault ?? 'its row cannot be understood')}`
  if (story.reason !== null) return `${told}: ${reasonText(story.reason)}`
  const step = next.find((each) => contactId === null || each.contactId === contactId)
  if (step === undefined) return told
  return `${told} so far: ${nextText(step, waitingMail(step, notices))}`
}

async function unknownGrant({ db }: ExplainSetting, id: string): Promise<UsageError> {
  const near = didYouMean(id, await neighboursOf(db, 'credit_grants', id)) || '; look its id up there'
  return new UsageError(`there is no credit grant ${printable(id)} in billing.credit_grants, nor in the ledger${near}`)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
