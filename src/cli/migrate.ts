import type { Command } from 'commander'
import { readEnvironment } from '../config/environment.ts'
import { migrate } from '../store/migrate.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { print } from './output.ts'

/** `migrate [--with-billing]`: brings the database up to date, and says what it took. */
export function define(command: Command): void {
  command
    .option('--with-billing', 'also create those tables of the starter schema "billing" that are missing')
    .action(ending(act))
  withExamples(command, [
    ['migrate', 'create or update our own tables; again and again, if you like'],
    ['migrate --with-billing', 'also make the starter billing tables, to import into'],
  ])
}

async function act({ withBilling = false }: Readonly<{ withBilling?: boolean }>): Promise<undefined> {
  const { DATABASE_URL } = readEnvironment(process.env, ['DATABASE_URL'])
  const { billing, ledger, queue } = await migrate({ url: DATABASE_URL, withBilling })
  for (const relation of billing) print(`created ${relation}`)
  for (const name of ledger) print(`applied ${name}`)
  for (const change of queue) print(`installed ${change}`)
  if (billing.length + ledger.length + queue.length === 0) print('up to date')
}
