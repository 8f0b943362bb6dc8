import type { Command } from 'commander'
import { v7 as uuidv7 } from 'uuid'
import { openForDelivery } from '../compose.ts'
import { NEEDED_TO_SEND, readEnvironment } from '../config/environment.ts'
import { describeFirstSweep } from '../domain/first-sweep.ts'
import { describeAllowed } from '../domain/recipients.ts'
import type { Rules } from '../domain/rules.ts'
import { DependencyError, EXIT, type ExitCode } from '../errors.ts'
import { callHeartbeat } from '../jobs/heartbeat.ts'
import { type RunOutcome, runOnce } from '../jobs/run.ts'
import type { SweepOutcome } from '../jobs/sweep.ts'
import { countHeldSweeps } from '../store/sweep-ledger.ts'
import { asOfOption, requireAsOfAllowed } from './as-of.ts'
import { readBouncesFirst } from './bounces-first.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { note, print } from './output.ts'
import { openProgress } from './progress.ts'
import { onStopSignals } from './stop-signals.ts'

/** `run`: one sweep and everything it makes due delivered, then exits. */
export function define(command: Command): void {
  command.addOption(asOfOption()).action(ending(act))
  withExamples(command, [
    ['run', 'one sweep, and everything delivered that it makes due: for cron'],
    ['run --as-of 2026-12-24T09:00:00Z', 'on a test system, with CREDIT_REMINDERS_ALLOW_AS_OF=1'],
  ])
}

async function act({ asOf }: Readonly<{ asOf?: Date }>): Promise<ExitCode> {
  requireAsOfAllowed(asOf, readEnvironment(process.env, NEEDED_TO_SEND).CREDIT_REMINDERS_ALLOW_AS_OF)
  await using setting = await openForDelivery('run')
  const stopping = new AbortController()
  using _signals = onStopSignals({ first: () => stop(stopping), overdue: leave })
  const order = { id: `run-${uuidv7()}`, asOf: asOf ?? null, signal: stopping.signal }
  const bouncesAreRead = await readBouncesFirst(setting, stopping.signal)
  const outcome = await runOnce({ ...setting, openProgress }, order)
  const code = conclude(outcome, await countHeldSweeps(setting.db), setting.rules)
  const exitCode = bouncesAreRead ? code : EXIT.needsPerson
  // A run as of another time says nothing of how things are.
  if (exitCode === EXIT.done && asOf === undefined) await beat(setting.heartbeatUrl, stopping.signal)
  return exitCode
}

/** Tells a dead man's switch that all is well. That it did not hear it makes the run no worse. */
async function beat(url: string | null, signal: AbortSignal): Promise<void> {
  const fault = url === null ? null : await callHeartbeat(url, signal)
  if (fault !== null) note(`the heartbeat could not be delivered: ${fault}; see HEARTBEAT_URL`)
}

function stop(stopping: AbortController): void {
  note('stopping: the mails in flight are finished, the rest is left to the next run; once more stops at once')
  stopping.abort()
}

/** Called where mails are still in flight when the time to stop is over. */
function leave(): void {
  note('stopped with mails in hand; the next run finds out what became of them')
  process.exitCode = EXIT.needsPerson
}

/** Says what came of it; whatever needs a person has a line of its own, and is the reason for the exit code. */
function conclude(outcome: RunOutcome, heldSweeps: number, rules: Rules): ExitCode {
  const { sweep, finished, delivered, closure } = outcome
  for (const other of finished) printSweep(other, rules, ', which was left half planned')
  printSweep(sweep, rules)
  if (rules.allowedRecipients !== null) note(describeAllowed(rules.allowedRecipients))
  const { sent, deferred, failed, cancelled, uncertain } = delivered
  const doubtful = uncertain > 0 ? `, uncertain and sent again ${uncertain}` : ''
  print(`  delivered ${sent}, deferred ${deferred}, failed ${failed}, cancelled ${cancelled}${doubtful}`)

  const concerns = concernsOf(outcome, heldSweeps)
  for (const concern of concerns) note(concern)
  if (closure?.reason === 'unreachable') {
    throw new DependencyError(
      `the mail server cannot be reached (${closure.detail}); waiting for the next run: ${count(waitingIn(outcome), 'mail')}`,
    )
  }
  return concerns.length > 0 ? EXIT.needsPerson : EXIT.done
}

function printSweep({ id, asOf, counts, first, heldBecause }: SweepOutcome, rules: Rules, addition = ''): void {
  const skipped = Object.values(counts.skipped).reduce((sum, each) => sum + each, 0)
  print(`sweep ${id} as of ${asOf.toISOString()}${addition}`)
  const planned = `${count(counts.emails, 'mail')} planned, ${count(skipped, 'grant')} skipped`
  print(`  examined ${count(counts.examined, 'grant')}: ${planned}`)
  if (first !== null) for (const line of describeFirstSweep(first)) print(`  ${line}`)
  if (rules.allowedRecipients !== null) print(`  withheld: ${count(counts.skipped.withheld ?? 0, 'grant')}`)
  if (heldBecause !== null) print(`  held: ${heldBecause}`)
}

/** Those due now, and those whose next try is still to come. */
function waitingIn({ unfinished, delivered }: RunOutcome): number {
  return unfinished + delivered.deferred
}

function concernsOf(outcome: RunOutcome, heldSweeps: number): readonly string[] {
  const { sweep, delivered, unfinished, closure } = outcome
  const concerns: string[] = []
  if (delivered.failed > 0) concerns.push(`failed mails: ${delivered.failed}; "status" tells what mends them`)
  if (heldSweeps > 0) {
    const id = sweep.heldBecause === null ? 'ID' : sweep.id
    concerns.push(`held sweeps: ${heldSweeps}; look at "sweeps", then "approve ${id}" or "discard ${id}"`)
  }
  if (closure?.reason === 'service-refused') {
    concerns.push(
      `the mail server refuses us (${closure.detail}); waiting for the next run: ${count(waitingIn(outcome), 'mail')}`,
    )
  } else if (closure?.reason === 'throttled') {
    concerns.push(
      `the mail server asks us to slow down (${closure.detail}); waiting for the next run: ${count(waitingIn(outcome), 'mail')}`,
    )
  } else if (closure === null && unfinished > 0) {
    concerns.push(`not dealt with yet: ${count(unfinished, 'mail')}, for the next run`)
  }
  return concerns
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
