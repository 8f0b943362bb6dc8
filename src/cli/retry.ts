import { type Command, Option } from 'commander'
import { openForRetrying } from '../compose-ledger.ts'
import { DROP_REASONS, FAILURE_REASONS } from '../domain/reasons.ts'
import type { LeftReason } from '../domain/retry.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { type RetriedMail, type RetryOutcome, retryMails } from '../jobs/retry.ts'
import { maskAddress } from '../mask.ts'
import type { Database } from '../store/database.ts'
import { type FailedSelection, hasNotices, readMailStates } from '../store/failed-mails.ts'
import { hasSweep } from '../store/sweep-ledger.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { note, print, printable } from './output.ts'
import { firstOf } from './suppress-addresses.ts'

/** What can be mended; a mail that came too late cannot. */
const MENDABLE = Object.keys(FAILURE_REASONS).filter((reason) => reason !== 'too-late')
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

type Options = Readonly<{ sweep?: string; grant?: string; reason?: string; lift?: boolean; dryRun?: boolean }>

/** `retry`: puts failed mails back, after what made them fail was mended. */
export function define(command: Command): void {
  command
    .argument('[mail...]', 'the ids of failed mails, as "--dry-run" and the log name them')
    .option('--sweep <id>', 'the failed mails of a sweep')
    .option('--grant <id>', 'the failed mails about a grant')
    .addOption(new Option('--reason <reason>', 'those that failed for a reason').choices(MENDABLE))
    .option('--lift', 'take addresses off the suppression list that their servers refused')
    .option('--dry-run', 'only show what would be put back')
    .action(ending(act))
  withExamples(command, [
    ['retry --reason mail-refused --dry-run', 'see which mails could go out again'],
    ['retry --reason mail-refused', 'put them back once it is mended'],
    ['retry --grant cg_1 --lift', 'those about one grant, also to addresses that were refused'],
  ])
}

async function act(mailIds: readonly string[], options: Options): Promise<ExitCode> {
  const { lift = false, dryRun = false } = options
  const selection = selectionOf(mailIds, options)
  await using setting = await openForRetrying()
  await requireFailed(setting.db, selection)
  return conclude(await retryMails(setting, { selection, lift, dryRun }), dryRun)
}

function selectionOf(mailIds: readonly string[], { sweep, grant, reason }: Options): FailedSelection {
  const malformed = mailIds.find((id) => !UUID.test(id))
  if (malformed !== undefined)
    throw new UsageError(
      `${malformed} is no id of a mail; "retry … --dry-run" and "explain GRANT --format json" name them`,
    )
  const selection = {
    ...(mailIds.length > 0 && { mailIds: mailIds.map((id) => id.toLowerCase()) }),
    ...(sweep !== undefined && { sweepId: sweep }),
    ...(grant !== undefined && { grantId: grant }),
    ...(reason !== undefined && { reason }),
  }
  if (Object.keys(selection).length > 0) return selection
  throw new UsageError(
    'say which: ids of failed mails, --sweep ID, --grant ID or --reason REASON; --dry-run only shows',
  )
}

/** Says what is wrong where something was named that cannot be put back. */
async function requireFailed(db: Database, { mailIds = [], sweepId, grantId }: FailedSelection): Promise<void> {
  if (grantId !== undefined && !(await hasNotices(db, grantId))) {
    throw new UsageError(`the ledger has no mail about a grant ${printable(grantId)}; "explain GRANT" tells of each`)
  }
  if (sweepId !== undefined && !(await hasSweep(db, sweepId))) {
    throw new UsageError(`there is no sweep ${sweepId}; "credit-reminders sweeps" lists them`)
  }
  const states = await readMailStates(db, mailIds)
  const faults = mailIds.flatMap((id) => {
    const state = states.get(id)
    if (state === undefined) return [`there is no mail ${id}`]
    return state === 'failed' ? [] : [`mail ${id} is ${state}; only failed mails are put back`]
  })
  if (faults.length > 0) throw new UsageError(firstOf(faults))
}

function conclude({ mails, lifted }: RetryOutcome, dryRun: boolean): ExitCode {
  if (mails.length === 0) {
    print('no failed mail is meant')
    return EXIT.done
  }
  const back = mails.filter(({ left }) => left === null)
  const left = mails.filter((each) => each.left !== null)
  const is = dryRun ? 'would be' : 'is'
  for (const line of firstOf(back.map((each) => `${nameOf(each)} ${is} put back`))) print(line)
  for (const [reason, ofReason] of Map.groupBy(left, (each) => each.left)) {
    for (const line of firstOf(ofReason.map((each) => `${nameOf(each)} ${is} left: ${wordsOf(reason)}`))) print(line)
  }
  if (lifted > 0) print(`${dryRun ? 'to be taken' : 'taken'} off the suppression list: ${lifted}`)
  const doubtful = back.filter(({ mail }) => mail.reason === 'uncertain').length
  if (doubtful > 0) print(`in doubt: ${doubtful}; they may have arrived already, and may arrive twice`)
  print(
    `${dryRun ? 'to be put back' : 'put back'}: ${back.length}, left: ${left.length}${whatNext(back.length, dryRun)}`,
  )
  if (left.some((each) => each.left === 'suppressed')) note(HOW_TO_LIFT)
  return left.length > 0 ? EXIT.needsPerson : EXIT.done
}

const HOW_TO_LIFT =
  'an address that is on the suppression list gets no mail: see "suppress list ADDRESS", take it off with ' +
  '"suppress remove ADDRESS", or with "retry … --lift" where its server had refused it'

function nameOf({ mail }: RetriedMail): string {
  return printable(`mail ${mail.id} to ${maskAddress(mail.to)} (${mail.category}, ${mail.reason})`)
}

function wordsOf(reason: LeftReason | null): string {
  switch (reason) {
    case null:
      return ''
    case 'deadline-passed':
      return 'its time is over'
    case 'may-have-arrived':
      return 'it may have arrived; name it by its id, or give --reason uncertain, to send it all the same'
    default:
      return `${DROP_REASONS[reason]} (${reason})`
  }
}

function whatNext(putBack: number, dryRun: boolean): string {
  return putBack > 0 && !dryRun ? '; the next run, or the running service, sends them' : ''
}
