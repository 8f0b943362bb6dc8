import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import type { Variables } from '../config/environment.ts'
import { FORGOTTEN } from '../domain/retention.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { waitingMail } from '../jobs/explain/dossier.ts'
import { explainGrant } from '../jobs/explain/grant.ts'
import type { ExplainSetting } from '../jobs/explain/view.ts'
import { gatherProof, type Proof, type UntoldMail } from '../jobs/proof.ts'
import { proofPage } from '../pages/proof.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { faultText } from './explain-text.ts'
import { nextText, reasonText, whyOf } from './explain-words.ts'
import { note, print, printable } from './output.ts'
import { requireRoom, writeFolder } from './output-folder.ts'
import { evidenceOf, hashesOf } from './proof-files.ts'
import { proofJson } from './proof-json.ts'
import { unknownGrant } from './unknown-id.ts'

type Options = Readonly<{ grant: string; output?: string; contact?: string; asOf?: Date }>

/** `proof`: a folder that shows who was told of a grant, when, in which words, and what the mail server said to it. */
export function define(command: Command): void {
  command
    .requiredOption('--grant <id>', 'the credit grant that somebody was told of')
    .option('--output <folder>', 'where to put the files; it is new, or empty; proof-ID here by default')
    .option('--contact <id>', 'only what this contact was told')
    .addOption(asOfOption())
    .action(ending(act))
  withExamples(command, [
    ['proof --grant cg_1', 'the mails as sent, what the mail server said, and the policy then in force, in proof-cg_1'],
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
  { grant: grantId, output = folderFor(grantId), contact, asOf }: Options,
  variables: Variables = process.env,
): Promise<Outcome> {
  if (grantId.trim() === '') throw new UsageError('--grant is empty; give the id of a credit grant')
  if (output === '') throw new UsageError('--output is empty; name a folder that is new or empty')
  if (contact?.trim() === '') throw new UsageError('--contact is empty; give the id of a contact, or leave it out')
  await requireRoom(output)
  await using setting = await openForReading(variables)
  const request = { grantId, contactId: contact ?? null, asOf: asOf ?? null }
  const proof = await gatherProof(setting, request)
  if (proof === null) throw await unknownGrant(setting.db, grantId)
  if (proof.told.length === 0) {
    const why = await whyNobody(setting, request, proof.untold.at(-1))
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

const MAX_NAME_CHARACTERS = 100

/** An id may hold anything, also what leads out of a folder; of that, the name has none. */
function folderFor(grantId: string): string {
  return `proof-${grantId.replace(/[^\w-]/g, '_').slice(0, MAX_NAME_CHARACTERS)}`
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
  const hashOnly = told.flatMap(({ mail, copies }) =>
    copies.filter(({ state }) => state === 'hash-only').map(() => mail.toAddress),
  )
  const forgotten = hashOnly.filter((address) => address === FORGOTTEN).length
  const gone = hashOnly.length - forgotten
  const bare = told.filter((each) => each.copies.length === 0).length
  const altered = copies.filter(({ state }) => state === 'altered').length
  const others = rules.filter(({ isAsKept }) => !isAsKept).length
  return [
    ...(gone > 0 ? [`of ${count(gone, 'copy', 'copies')} of mails only the hash is left (keepMails)`] : []),
    ...(forgotten > 0
      ? [`of ${count(forgotten, 'copy', 'copies')} of mails only the hash is left: whom they went to was forgotten`]
      : []),
    ...(bare > 0 ? [`of ${count(bare, 'mail')} there is neither a copy nor a hash; the page says why`] : []),
    ...(altered > 0
      ? [`changed in the ledger since, and no proof: ${count(altered, 'copy', 'copies')}, by the hash kept of each`]
      : []),
    ...(others > 0
      ? [`not as they were kept, by their hash: ${count(others, 'set')} of rules; the page says more`]
      : []),
  ]
}

type Request = Readonly<{ grantId: string; contactId: string | null; asOf: Date | null }>

/**
 * Why there is nothing to prove, in the words of `explain`.
 *
 * @param last the last mail that was to tell of it; undefined where none was planned
 */
async function whyNobody(setting: ExplainSetting, request: Request, last: UntoldMail | undefined): Promise<string> {
  const { grantId, contactId, asOf } = request
  const grant = printable(grantId)
  const told =
    contactId === null
      ? `nobody was told of grant ${grant}`
      : `contact ${printable(contactId)} was not told of grant ${grant}`
  const explained = await explainGrant(setting, { grantId, asOf })
  if (explained === null) return told
  const { story, fault, file, next, notices } = explained
  const own = next.filter((each) => contactId === null || each.contactId === contactId)
  const step = own.find(({ kind }) => kind !== 'nothing') ?? own[0]
  if (step !== undefined && step.kind !== 'nothing') {
    return `${told} so far: ${nextText(step, waitingMail(step, notices))}`
  }
  if (last !== undefined)
    return `${told}: a mail was to tell of it, and came to nothing: ${last.state}${whyOf(last.reason)}`
  if (contactId !== null && !file.contacts.some(({ id }) => id === contactId)) {
    return `${told}: the account has no such contact`
  }
  if (story === null) return `${told}: ${faultText(fault ?? '')}`
  if (story.reason !== null) return `${told}: ${reasonText(story.reason)}`
  return step === undefined ? told : `${told}: ${nextText(step, null)}`
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
