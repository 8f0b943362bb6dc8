import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'

/** Takes what is to be written, piece by piece. */
export type WritePiece = (piece: string | Uint8Array) => Promise<void>

/** The files hold names and addresses: they are their owner's alone. */
const OWNER_ONLY = 0o600

/**
 * Writes the file that `--output` names. It is there whole or not at all: it is written beside its place under another
 * name, and put there at the end, over a file that was there before; of a link, where it leads. Pipes and devices are
 * written to as they are.
 *
 * @throws UsageError where it cannot be written: found before `produce` begins, so that no long work is for nothing
 */
export async function writeOutput(path: string, produce: (write: WritePiece) => Promise<void>): Promise<void> {
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new UsageError(`--output ${path} is a folder; name a file`)
  const isInPlace = there !== null && !there.isFile()
  const place = there === null ? path : await realpath(path)
  const written = isInPlace ? path : join(dirname(place), `.${basename(place)}.${randomUUID()}.partial`)
  const file = await open(written, isInPlace ? 'w' : 'wx', OWNER_ONLY).catch(unwritable(path))
  using _ = isInPlace ? null : removedWhenStopped(written)
  try {
    await produce((piece) => file.appendFile(piece).catch(unwritable(path)))
    await file.close()
    if (!isInPlace) await rename(written, place).catch(unwritable(path))
  } catch (error) {
    await abandon(file)
    if (!isInPlace) await rm(written, { force: true })
    throw error
  }
}

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Whoever stops the program finds no piece of the file; it then ends as it would have anyway. */
function removedWhenStopped(path: string): Disposable {
  const stop = (signal: NodeJS.Signals) => {
    rmSync(path, { force: true })
    letGo()
    process.kill(process.pid, signal)
  }
  const letGo = () => {
    for (const signal of STOPPING) process.off(signal, stop)
  }
  for (const signal of STOPPING) process.on(signal, stop)
  return { [Symbol.dispose]: letGo }
}

async function abandon(file: FileHandle): Promise<void> {
  // What went wrong before is what is to be told.
  await file.close().catch(() => {})
}

function unwritable(path: string): (error: unknown) => never {
  return (cause) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'ENOENT') throw new UsageError(`--output ${path}: there is no folder ${dirname(path)}; make it first`)
    throw new UsageError(`--output ${path} cannot be written (${code}); name a file that can`, { cause })
  }
}
