import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../paths.ts'

/** The version in the package's own package.json. */
export async function packageVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  return version
}
