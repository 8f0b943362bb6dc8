import type { Command } from 'commander'
import { openForDeciding } from '../compose-ledger.ts'
import { approveSweep } from '../store/held-sweeps.ts'
import { ending } from './command.ts'
import { requireDecided } from './decision.ts'
import { withExamples } from './examples.ts'
import { print } from './output.ts'

/** `approve ID`: lets a held sweep go out. */
export function define(command: Command): void {
  command.argument('<sweep>', 'the id of a held sweep').action(ending(act))
  withExamples(command, [['approve run-019a', 'deliver a held sweep; the next run, or the service, does']])
}

async function act(id: string): Promise<undefined> {
  await using setting = await openForDeciding()
  requireDecided(id, await approveSweep(setting.db, id))
  print(`sweep ${id} is approved: the next run delivers it, or the running service within a minute`)
}
