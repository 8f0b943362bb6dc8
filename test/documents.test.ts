import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../src/paths.ts'
import { documentPaths, withEvenTables } from './support/documents.ts'

const paths = await documentPaths()
/** Without what stands in code: there, `#` and `|` mean other things. */
const texts = new Map(
  await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(packageFolder, path), 'utf8')
      return [path, text.replace(/^( *)```[\s\S]*?^\1```$/gm, '')] as const
    }),
  ),
)

/** The anchors that forges make of a document's headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.replace(/\[(.+?)\]\(.*?\)/g, '$1'),
  )
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

describe.each([...texts])('%s', (path, text) => {
  test('has no link to a heading that there is not', () => {
    const links = [...text.matchAll(/\]\(([^):\s#]*)#([^)\s]+)\)/g)].map(([, file = '', anchor = '']) => {
      return { file: file === '' ? path : normalize(join(dirname(path), file)), anchor }
    })
    const broken = links.filter(({ file, anchor }) => texts.has(file) && !anchorsOf(texts.get(file) ?? '').has(anchor))
    expect(broken).toEqual([])
  })

  test('has tables whose lines are of one width; npm run tables writes them so', () => {
    expect(text).toBe(withEvenTables(text))
  })
})
