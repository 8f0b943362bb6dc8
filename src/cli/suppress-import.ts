import { createReadStream } from 'node:fs'
import { openForDeciding } from '../compose-ledger.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { suppressAll } from '../store/suppression-list.ts'
import type { SuppressionOutcome } from '../store/suppressions.ts'
import { note, print, printable } from './output.ts'
import { firstOf } from './suppress-addresses.ts'
import { readSuppressionCsv, type SuppressionCsv } from './suppression-csv.ts'

/** `suppress import FILE`: all of it, or with a bad line nothing, unless these are to be left out. */
export async function importFrom(
  file: string,
  { skipBad = false }: Readonly<{ skipBad?: boolean }>,
): Promise<ExitCode> {
  const { entries, faults, unused } = await read(file)
  if (unused.length > 0) note(`columns not used: ${printable(unused.join(', '))}`)
  if (faults.length > 0 && !skipBad) {
    throw new UsageError([...firstOf(faults), 'nothing was imported; mend these lines, or leave them out: --skip-bad'])
  }
  for (const fault of firstOf(faults)) note(`left out, ${fault}`)
  await using setting = await openForDeciding()
  const outcomes = [...(await suppressAll(setting.db, entries)).values()]
  const count = (outcome: SuppressionOutcome) => outcomes.filter((each) => each === outcome).length
  print(
    `imported: ${count('added')} added, ${count('widened')} widened from warnings to all mail, ` +
      `${count('kept')} on the list already, ${faults.length} left out`,
  )
  return faults.length > 0 ? EXIT.needsPerson : EXIT.done
}

async function read(file: string): Promise<SuppressionCsv> {
  try {
    return await readSuppressionCsv(file === '-' ? process.stdin : createReadStream(file))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof UsageError || code === undefined) throw error
    throw new UsageError(`${file} cannot be read: ${message}; name a file that this user may read`)
  }
}
