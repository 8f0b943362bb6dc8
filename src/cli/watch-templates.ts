import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment } from '../config/environment.ts'
import { type Watch, watchFolders } from '../gallery/watch.ts'
import { packageFolder, templatesFolder } from '../paths.ts'

/** A checkout has what compiles its layout; an installed package has it compiled. */
const COMPILER = join(packageFolder, 'scripts/compile-templates.mjs')
const LAYOUT = join(templatesFolder, 'layout.mjml')

/**
 * Calls back when templates have changed, the company's or the package's; with faults where these keep the package's layout
 * from being compiled.
 */
export function watchTemplates(renew: (faults?: readonly string[]) => void): Watch {
  const { TEMPLATES_DIR: ownFolder } = readEnvironment({ TEMPLATES_DIR: process.env.TEMPLATES_DIR })
  const folders = ownFolder === undefined ? [templatesFolder] : [templatesFolder, ownFolder]
  return watchFolders(folders, (paths) => {
    if (!paths.has(LAYOUT) || !existsSync(COMPILER)) return renew()
    // What it writes is a change of its own.
    execFile(process.execPath, [COMPILER], (error, _stdout, stderr) => {
      if (error !== null) renew([faultIn(stderr)])
    })
  })
}

/** What keeps the layout from being compiled, with its line where MJML tells one. */
function faultIn(stderr: string): string {
  const [, line, words] = /^ ?Line (\d+) of .*? \(\S+\) — (.*)$/m.exec(stderr) ?? []
  if (line !== undefined) return `${LAYOUT}:${line}: ${words}`
  return `${LAYOUT}: ${/^\w*Error: (?:\w*Error: )?(.*\S.*)$/m.exec(stderr)?.[1] ?? 'cannot be compiled'}`
}
