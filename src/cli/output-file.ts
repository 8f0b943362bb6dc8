import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'

/** Takes what is to be written, piece by piece. */
export type WritePiece = (piece: string | Uint8Array) => Promise<void>

/** The files hold names and addresses: they are their owner's alone. */
const OWNER_ONLY = 0o600

/**
 * Writes the file that `--output` names. It is there whole or not at all: it is written beside its place under another
 * name, and put there at the end, over a file that was there before. Pipes and devices are written to as they are.
 *
 * @throws UsageError where it cannot be written: found before `produce` begins, so that no long work is for nothing
 */
export async function writeOutput(path: string, produce: (write: WritePiece) => Promise<void>): Promise<void> {
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new UsageError(`--output ${path} is a folder; name a file`)
  const isInPlace = there !== null && !there.isFile()
  const written = isInPlace ? path : join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`)
  const file = await open(written, isInPlace ? 'w' : 'wx', OWNER_ONLY).catch(unwritable(path))
  try {
    await produce((piece) => file.appendFile(piece).catch(unwritable(path)))
    await file.close()
    if (!isInPlace) await rename(written, path).catch(unwritable(path))
  } catch (error) {
    await abandon(file)
    if (!isInPlace) await rm(written, { force: true })
    throw error
  }
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
