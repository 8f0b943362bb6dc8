import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

type Files = Readonly<Record<string, string | Buffer>>

/** A company's own templates, in a folder that goes with the caller. */
export async function makeOwnFolder(files: Files): Promise<AsyncDisposable & Readonly<{ folder: string }>> {
  const folder = await mkdtemp(join(tmpdir(), 'own-templates-'))
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** The same in a folder that goes with the test. */
export async function ownFolderWith(files: Files): Promise<string> {
  const own = await makeOwnFolder(files)
  onTestFinished(() => own[Symbol.asyncDispose]())
  return own.folder
}
