import Table from 'cli-table3'
import type { Command } from 'commander'
import { openForLedger } from '../compose-ledger.ts'
import { listSweeps, type SweepRecord } from '../store/held-sweeps.ts'
import { ending } from './command.ts'
import { countOption } from './count.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { print, printJson, style, withoutTrailingBlanks } from './output.ts'
import { BORDERLESS } from './table.ts'

const DEFAULT_LIMIT = 20

type Options = Readonly<{ format: 'table' | 'json'; limit: number }>

/** `sweeps`: the latest sweeps, and which of them wait for a decision. */
export function define(command: Command): void {
  command
    .addOption(
      countOption('--limit <count>', 'how many of the latest; held ones are always listed').default(DEFAULT_LIMIT),
    )
    .addOption(formatOption(['table', 'json']))
    .action(ending(act))
  withExamples(command, [
    ['sweeps', 'the latest sweeps, and those that wait for a decision'],
    ['sweeps --limit 200 --format json', 'more of them, for a program'],
  ])
}

async function act({ format, limit }: Options): Promise<undefined> {
  await using setting = await openForLedger()
  const sweeps = await listSweeps(setting.db, limit)
  if (format === 'json') printJson(sweeps.map(json))
  else if (sweeps.length === 0) print('No sweep yet.')
  else print(table(sweeps))
}

function json(sweep: SweepRecord) {
  const { id, state, heldBecause, examined, emails, notices, skipped } = sweep
  return {
    id,
    asOf: sweep.asOf.toISOString(),
    state,
    emails,
    heldBecause,
    examined,
    notices,
    skipped,
    startedAt: sweep.startedAt.toISOString(),
    finishedAt: sweep.finishedAt.toISOString(),
    decidedAt: sweep.decidedAt?.toISOString() ?? null,
  }
}

function table(sweeps: readonly SweepRecord[]): string {
  const rows = new Table({
    head: ['id', 'as of', 'state', 'mails', 'examined', ''],
    style: { head: [], border: [], compact: true },
    chars: BORDERLESS,
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
  })
  for (const { id, asOf, state, emails, examined, heldBecause } of sweeps) {
    const shown = state === 'held' ? style('yellow', state) : state
    rows.push([id, asOf.toISOString(), shown, emails, examined, heldBecause ?? ''])
  }
  return withoutTrailingBlanks(rows.toString())
}
