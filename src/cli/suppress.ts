import { type Command, Option } from 'commander'
import { ending } from './command.ts'
import { countOption } from './count.ts'
import { formatOption } from './format-option.ts'
import { add, remove } from './suppress-addresses.ts'
import { importFrom } from './suppress-import.ts'
import { exportTo, list } from './suppress-list.ts'

/** `suppress add|remove|list|import|export`: the addresses that get no mail, or no warnings. */
export function define(command: Command): void {
  command
    .command('add')
    .description('keep mail from addresses')
    .argument('<address...>', 'mail addresses; - reads them from stdin, a line each')
    .addOption(new Option('--scope <scope>', 'what to keep from them').choices(['all', 'warnings']).default('all'))
    .option('--note <text>', 'why, or who asked for it')
    .action(ending(add))
  command
    .command('remove')
    .description('let mail go to addresses again')
    .argument('<address...>', 'mail addresses, or hashes as the list shows them; - reads them from stdin, a line each')
    .action(ending(remove))
  command
    .command('list')
    .description('show the latest additions, or whether addresses are on the list')
    .argument('[address...]', 'mail addresses or hashes to look up; none for the latest of all')
    .addOption(formatOption(['table', 'json', 'csv']))
    .addOption(countOption('--limit <count>', 'how many of the latest the table shows').default(20))
    .action(ending(list))
  command
    .command('import')
    .description('put the addresses or hashes of a CSV file on the list')
    .argument('<file>', 'the file; - reads stdin')
    .option('--skip-bad', 'import the other lines where some are bad; else nothing is')
    .action(ending(importFrom))
  command
    .command('export')
    .description('write the whole list as CSV')
    .argument('[file]', 'where to; none for stdout')
    .action(ending(exportTo))
}
