import { type Command, Option } from 'commander'
import { ending } from './command.ts'
import { countOption } from './count.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { add, remove } from './suppress-addresses.ts'
import { importFrom } from './suppress-import.ts'
import { exportTo, list } from './suppress-list.ts'

/** `suppress add|remove|list|import|export`: the addresses that get no mail, or no warnings. */
export function define(command: Command): void {
  withExamples(
    command
      .command('add')
      .description('keep mail from addresses')
      .argument('<address...>', 'mail addresses; - reads them from stdin, a line each')
      .addOption(new Option('--scope <scope>', 'what to keep from them').choices(['all', 'warnings']).default('all'))
      .option('--note <text>', 'why, or who asked for it')
      .action(ending(add)),
    [
      ["suppress add ana@example.com --note 'ticket 4711'", 'no mail to this address any more'],
      ['suppress add - --scope warnings < addresses.txt', 'no warnings to these, a line each: no shell remembers them'],
    ],
  )
  withExamples(
    command
      .command('remove')
      .description('let mail go to addresses again')
      .argument(
        '<address...>',
        'mail addresses, or hashes as the list shows them; - reads them from stdin, a line each',
      )
      .action(ending(remove)),
    [['suppress remove ana@example.com', 'let mail go there again']],
  )
  withExamples(
    command
      .command('list')
      .description('show the latest additions, or whether addresses are on the list')
      .argument('[address...]', 'mail addresses or hashes to look up; none for the latest of all')
      .addOption(formatOption(['table', 'json', 'csv']))
      .addOption(countOption('--limit <count>', 'how many of the latest the table shows').default(20))
      .action(ending(list)),
    [
      ['suppress list', 'the latest additions'],
      ['suppress list ana@example.com', 'whether it is on the list'],
    ],
  )
  withExamples(
    command
      .command('import')
      .description('put the addresses or hashes of a CSV file on the list')
      .argument('<file>', 'the file; - reads stdin')
      .option('--skip-bad', 'import the other lines where some are bad; else nothing is')
      .action(ending(importFrom)),
    [
      ['suppress import list.csv', 'all of it, or with a bad line nothing'],
      ['suppress import --skip-bad list.csv', 'the good lines'],
    ],
  )
  withExamples(
    command
      .command('export')
      .description('write the whole list as CSV')
      .argument('[file]', 'where to; none for stdout')
      .action(ending(exportTo)),
    [['suppress export list.csv', 'hashes instead of addresses; another database can import them']],
  )
  withExamples(command, [
    ['suppress add - < addresses.txt', 'each has examples of its own: suppress add --help'],
    ['suppress list', 'the latest additions'],
  ])
}
