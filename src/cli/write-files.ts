import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'

type Files = Readonly<Record<string, string | Buffer>>

/**
 * Writes what a command was asked to put into the folder that `--output` names, below which there may be others.
 *
 * @param files by their paths within it
 * @param flag `wx` spares files that are there
 * @returns the paths of the files
 * @throws UsageError where that cannot be done
 */
export async function writeFiles(folder: string, files: Files, flag: 'w' | 'wx' = 'w'): Promise<readonly string[]> {
  const paths: string[] = []
  try {
    await makeFolder(folder)
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      await makeFolder(dirname(path))
      await writeFile(path, content, { flag })
      paths.push(path)
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    if (flag === 'wx' && error.code === 'EEXIST' && error.syscall === 'open')
      throw new UsageError(`${(error as NodeJS.ErrnoException).path} is there already: name a folder without it`)
    throw new UsageError(`--output ${folder} cannot be written to (${error.code}); name a folder that can`, {
      cause: error,
    })
  }
  return paths
}

/** Makes a folder and those that it lies in. Node's own way of it (`recursive`) tries for ever below `/proc`. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder)
  }
}
