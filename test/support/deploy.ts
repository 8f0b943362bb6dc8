import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { COMMANDS } from '../../src/cli/commands.ts'
import { NEEDED_TO_SEND, readEnvironment } from '../../src/config/environment.ts'
import { environmentSchema } from '../../src/config/environment-schema.ts'
import { packageFolder } from '../../src/paths.ts'

export const deployFolder = join(packageFolder, 'deploy')

export const readDeploy = (path: string) => readFile(join(deployFolder, path), 'utf8')

/** The documents of a YAML file, with its aliases and merges resolved. */
export async function yamlOf<T = unknown>(path: string): Promise<readonly T[]> {
  const documents = parseAllDocuments(await readDeploy(path), { merge: true })
  return documents.map((document) => {
    expect(document.errors, path).toEqual([])
    return document.toJS()
  })
}

type Variables = Readonly<Record<string, string>>

/** That each of the settings exists and is well formed, and, where mails are sent, that none is missing. */
export function expectSettings(variables: Variables, { sends }: Readonly<{ sends: boolean }>): void {
  const others = Object.keys(variables).filter((name) => name !== 'NODE_ENV')
  expect(Object.keys(environmentSchema.shape)).toEqual(expect.arrayContaining(others))
  expect(() => readEnvironment(variables, sends ? NEEDED_TO_SEND : ['DATABASE_URL'])).not.toThrow()
}

/**
 * That an example of settings lacks nothing but a secret of its own: what stands in its place is not taken, so that nobody
 * goes by a secret that all the world can read here.
 */
export function expectSettingsButSecret(variables: Variables): void {
  expect(() => readEnvironment(variables, NEEDED_TO_SEND)).toThrow(/^LINK_SECRET [^\n]+$/)
  expectSettings({ ...variables, LINK_SECRET: randomBytes(48).toString('base64') }, { sends: true })
}

/** That the first of these words is a command of the program. */
export function expectCommand(words: readonly string[]): void {
  expect(COMMANDS.map(({ name }) => name)).toContain(words[0])
}
