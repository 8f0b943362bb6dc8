import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { UsageError } from '../../src/errors.ts'
import { importFiles } from '../../src/jobs/import/files.ts'
import { type Imports, importRows } from '../../src/jobs/import/import.ts'
import type { Imported } from '../../src/jobs/import/relations.ts'
import { noProgress } from '../../src/jobs/progress.ts'

/** The files of an import, by name; `-` is what comes through stdin. */
export type Files = Readonly<Record<string, string | Uint8Array>>

type Options = Readonly<{ as?: Imported; isDry?: boolean }>

/** `import` in this process, of files made for it. */
export async function importing(url: string, files: Files, { as, isDry = false }: Options = {}): Promise<Imports> {
  const folder = await mkdtemp(join(tmpdir(), 'import-'))
  try {
    for (const [name, content] of Object.entries(files)) if (name !== '-') await writeFile(join(folder, name), content)
    const paths = Object.keys(files).map((name) => (name === '-' ? name : join(folder, name)))
    const stdin = Readable.from([Buffer.from(files['-'] ?? '')])
    return await importRows({
      url,
      files: await importFiles(paths, as ?? null),
      stdin,
      openProgress: noProgress,
      isDry,
    })
  } catch (error) {
    // Where the folder was is of no interest.
    throw error instanceof UsageError
      ? new UsageError(error.lines.map((line) => line.replaceAll(`${folder}/`, '')))
      : error
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The lines with which an import refuses its files, without the one that they all end with. */
export async function faultsOf(url: string, files: Files, options: Options = {}): Promise<readonly string[]> {
  const error = await importing(url, files, options).catch((thrown: unknown) => thrown)
  if (!(error instanceof UsageError)) throw new Error(`it was not refused: ${JSON.stringify(error)}`, { cause: error })
  return error.lines.filter((line) => !line.startsWith('nothing was imported; '))
}
