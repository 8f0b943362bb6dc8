import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'
import type { PreviewedMail } from '../jobs/preview.ts'
import { messageSource } from '../mail/source.ts'

/**
 * Writes each mail as `.html`, `.txt` and `.eml`.
 *
 * @returns the paths of the files
 */
export async function writeFiles(folder: string, mails: readonly PreviewedMail[]): Promise<readonly string[]> {
  const paths: string[] = []
  try {
    await makeFolder(folder)
    for (const { kind, message } of mails) {
      const contents = { html: message.html, txt: message.text, eml: messageSource(message) }
      for (const [extension, content] of Object.entries(contents)) {
        const path = join(folder, `${kind}.${extension}`)
        await writeFile(path, content)
        paths.push(path)
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
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
