import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/paths.ts'

const CALL = /\blog(?:\.(?:trace|debug|info|warn|error)|\[[^\]]+\])\(/g

/** What stands between the brackets of a call that begins before `from`. */
function argumentsAt(text: string, from: number): string {
  let depth = 1
  let end = from
  for (; depth > 0 && end < text.length; end++) {
    if ('([{'.includes(text[end] ?? '')) depth += 1
    if (')]}'.includes(text[end] ?? '')) depth -= 1
  }
  return text.slice(from, end - 1)
}

/** The words of each line that a file of the program can log, where they stand in it as they are. */
function wordsIn(text: string): readonly string[] {
  return [...text.matchAll(CALL)].flatMap(({ index, 0: { length } }) => {
    const words = /(?:^|, )(?:'([^']+)'|`([^`]+)`),?\s*$/.exec(argumentsAt(text, index + length).replace(/\s+/g, ' '))
    return words?.[1] ?? words?.[2] ?? []
  })
}

test('every line that the service can log is documented', async () => {
  const known = (await readFile(join(packageFolder, 'docs/monitoring.md'), 'utf8')).replace(/\s+/g, ' ')
  const found: string[] = []
  for (const folder of ['cli', 'jobs', 'store', 'mail', 'http']) {
    for (const name of await readdir(join(packageFolder, 'src', folder), { recursive: true })) {
      if (!name.endsWith('.ts') || name.startsWith('generated')) continue
      found.push(...wordsIn(await readFile(join(packageFolder, 'src', folder, name), 'utf8')))
    }
  }
  expect(found.length).toBeGreaterThan(30)
  // What is only known when it is said is written as `…`.
  const missing = found.filter((words) => !known.includes(`\`${words.replace(/\$\{[^}]+\}/g, '…')}\``))
  expect(missing).toEqual([])
})
