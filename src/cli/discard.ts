import type { Command } from 'commander'
import { openForDeciding } from '../compose-ledger.ts'
import { discardSweep } from '../store/held-sweeps.ts'
import { ending } from './command.ts'
import { requireDecided } from './decision.ts'
import { withExamples } from './examples.ts'
import { print } from './output.ts'

/** `discard ID`: ends a held sweep, whose mails then never go out. */
export function define(command: Command): void {
  command.argument('<sweep>', 'the id of a held sweep').action(ending(act))
  withExamples(command, [['discard run-019a', 'none of a held sweep goes out, nor is planned again']])
}

async function act(id: string): Promise<undefined> {
  await using setting = await openForDeciding()
  requireDecided(id, await discardSweep(setting.db, id))
  print(`sweep ${id} is discarded: none of its mails goes out`)
}
