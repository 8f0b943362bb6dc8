import { once } from 'node:events'
import { writeOutput } from './output-file.ts'

/**
 * Puts a command's result, piece by piece, where `--output` says, or else on stdout. No more of it is in memory than the
 * receiver has room for.
 *
 * @param produce begins its work when the file is open, so that no long work is for nothing
 * @throws UsageError where the file cannot be written
 */
export async function writeResult(output: string | undefined, produce: () => Promise<Iterable<string>>): Promise<void> {
  if (output !== undefined) {
    return writeOutput(output, async (write) => {
      for (const piece of gathered(await produce())) await write(piece)
    })
  }
  for (const piece of await produce()) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
  }
}

const PIECE_CHARACTERS = 1_000_000

/** The same in fewer pieces: each costs a call of the system. */
function* gathered(pieces: Iterable<string>): Generator<string> {
  let held = ''
  for (const piece of pieces) {
    held += piece
    if (held.length < PIECE_CHARACTERS) continue
    yield held
    held = ''
  }
  yield held
}
