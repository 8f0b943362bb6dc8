import { once } from 'node:events'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { v7 as uuidv7 } from 'uuid'
import { openForDelivery } from '../compose.ts'
import { openForReading } from '../compose-ledger.ts'
import { COMPANY } from '../demo/company.ts'
import { mailboxPages } from '../demo/mailbox-pages.ts'
import { requireDemoPackages } from '../demo/packages.ts'
import { type Stage, setStage } from '../demo/stage.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import { listen } from '../http/listen.ts'
import { dryRun } from '../jobs/dry-run.ts'
import { type RunOutcome, runOnce } from '../jobs/run.ts'
import { packageFolder } from '../paths.ts'
import { ending } from './command.ts'
import { dryRunTable } from './dry-run-table.ts'
import { withExamples } from './examples.ts'
import { note, print, style } from './output.ts'
import { openProgress } from './progress.ts'
import { onStopSignals } from './stop-signals.ts'

/** `demo`: the whole job on this machine, with a company, a database and a mailbox of its own, until it is stopped. */
export function define(command: Command): void {
  command.option('--exit', 'end after the run, without showing the mails received').action(ending(act))
  withExamples(command, [
    ['demo', 'a company, its mails, and a mailbox in the browser'],
    ['demo --exit', 'end after the run'],
  ])
}

type Options = Readonly<{ exit?: boolean }>

async function act({ exit = false }: Options): Promise<ExitCode> {
  requireDemoPackages()
  const stopping = new AbortController()
  // At once may be too soon to tidy up, but PostgreSQL and its folder go with this process whatever happens to it.
  using _signals = onStopSignals({ first: () => stop(stopping) })
  try {
    return await show(exit, stopping.signal)
  } catch (error) {
    if (error === stopping.signal.reason) return EXIT.done
    throw error
  }
}

function stop(stopping: AbortController): void {
  note('stopping')
  stopping.abort()
}

async function show(exit: boolean, signal: AbortSignal): Promise<ExitCode> {
  await using stage = await setStage(note, signal)
  print(`\n${dryRunTable(await look(stage))}`)
  signal.throwIfAborted()
  const { delivered, unfinished } = await send(stage, signal)
  signal.throwIfAborted()
  const elapsed = process.uptime().toFixed(1)
  print(`\n${delivered.sent} mails sent, ${stage.mailbox.mails.length} received, ${elapsed} s after the start.`)
  const isComplete = unfinished + delivered.failed === 0
  if (!isComplete) note(`${delivered.failed} mails failed, ${unfinished} are not dealt with`)
  if (!exit) await receiveVisitors(stage, signal)
  return isComplete ? EXIT.done : EXIT.needsPerson
}

async function look({ variables }: Stage) {
  await using setting = await openForReading(variables)
  return await dryRun({ ...setting, openProgress }, { asOf: null, accountId: undefined })
}

async function send({ variables }: Stage, signal: AbortSignal): Promise<RunOutcome> {
  await using setting = await openForDelivery('demo', variables)
  return await runOnce({ ...setting, openProgress }, { id: `demo-${uuidv7()}`, asOf: null, signal })
}

/** Shows the mails received until somebody stops the demo. */
async function receiveVisitors({ variables, mailbox }: Stage, signal: AbortSignal): Promise<void> {
  const pages = mailboxPages(COMPANY.name, mailbox.mails)
  const server = await listen(pages, { host: '127.0.0.1', port: 0 })
  const program = `node ${relative('.', join(packageFolder, 'bin/credit-reminders.js'))}`
  print(`
Open the mailbox:  ${style('bold', server.url)}

While this runs, in a second terminal:
  export DATABASE_URL='${variables.DATABASE_URL}'
  export CREDIT_REMINDERS_CONFIG='${variables.CREDIT_REMINDERS_CONFIG}'
  ${program} explain cg_04_1  ${style('dim', '# the story of one grant')}
  ${program} dry-run          ${style('dim', '# nobody is told twice')}

Ctrl-C ends it and removes everything.`)
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
}
