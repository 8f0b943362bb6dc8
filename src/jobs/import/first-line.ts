/** No header is that long, and no file may be held in memory whole. */
const MAX_HELD_BYTES = 100_000

/**
 * The pieces of a text, of which the first holds the first line with anything in it whole: it tells what sort of file it
 * is, and a pipe may bring it in bits.
 */
export async function* firstLineWhole(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer | null = Buffer.alloc(0)
  try {
    for await (const piece of pieces) {
      if (held === null) yield piece
      else {
        held = Buffer.concat([held, piece])
        if (held.length < MAX_HELD_BYTES && !/[\r\n]/.test(held.toString('utf8').trimStart())) continue
        const first: Buffer = held
        held = null
        yield first
      }
    }
  } finally {
    // Also where the text cannot be read on: what is wrong before that is to be found as well.
    if (held !== null && held.length > 0) yield held
  }
}
