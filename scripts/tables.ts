// Writes the tables of the documents anew where their lines are not of one width: `npm run tables`.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../src/paths.ts'
import { documentPaths, withEvenTables } from '../test/support/documents.ts'

for (const path of await documentPaths()) {
  const file = join(packageFolder, path)
  const text = await readFile(file, 'utf8')
  const even = withEvenTables(text)
  if (even === text) continue
  await writeFile(file, even)
  console.log(path)
}
