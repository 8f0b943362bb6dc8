import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'

/** The files hold names and addresses: they are their owner's alone. */
const OWNER_ONLY_FOLDER = 0o700
const OWNER_ONLY_FILE = 0o600

/**
 * Writes the folder that `--output` names. A new one is there whole or not at all: it is made beside its place under another
 * name, and put there at the end. Into one that is there and empty, its files are moved once all of them are written: it may
 * be a mount or a link, which nothing can take the place of. One that holds anything is left alone.
 *
 * @throws UsageError where it cannot be written
 */
export async function writeFolder(
  path: string,
  files: readonly Readonly<{ name: string; content: string | Buffer }>[],
): Promise<void> {
  const isThere = await requireRoom(path)
  const place = resolve(path)
  const made = join(isThere ? place : dirname(place), `.${basename(place)}.${randomUUID()}.partial`)
  try {
    await mkdir(made, OWNER_ONLY_FOLDER)
    for (const { name, content } of files)
      await writeFile(join(made, name), content, { mode: OWNER_ONLY_FILE, flag: 'wx' })
    if (!isThere) return await rename(made, place)
    for (const { name } of files) await rename(join(made, name), join(place, name))
    await rmdir(made)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw unwritable(path, error)
  }
}

/**
 * To be asked before long work begins.
 *
 * @returns whether the folder is there already
 * @throws UsageError where there is something in it
 */
export async function requireRoom(path: string): Promise<boolean> {
  const there = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    if (error.code === 'ENOTDIR') throw new UsageError(`--output ${path} is no folder; name one that is new or empty`)
    throw unwritable(path, error)
  })
  const parent = await stat(dirname(resolve(path))).catch(() => null)
  if (parent === null) throw new UsageError(`--output ${path}: there is no folder ${dirname(path)}; make it first`)
  if (there !== null && there.length > 0)
    throw new UsageError(`--output ${path} holds files already; name a folder that is new or empty`)
  return there !== null
}

function unwritable(path: string, cause: unknown): UsageError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code === 'ENOENT') return new UsageError(`--output ${path}: there is no folder ${dirname(path)}; make it first`)
  return new UsageError(`--output ${path} cannot be written (${code}); name a folder that can`, { cause })
}
