// `npm run goldens`: writes test/mail/golden/LANGUAGE.KIND.txt, one mail a language and kind, to be read by eye.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { print } from '../src/cli/output.ts'
import { createRenderer } from '../src/mail/render.ts'
import { packageFolder, templatesFolder } from '../src/paths.ts'
import { goldensOf } from '../test/mail/reading.ts'

const folder = join(packageFolder, 'test/mail/golden')

await mkdir(folder, { recursive: true })
const goldens = goldensOf(await createRenderer(templatesFolder))
for (const file of await readdir(folder)) if (!goldens.has(file)) await rm(join(folder, file))
for (const [file, text] of goldens) await writeFile(join(folder, file), text)
print(`${goldens.size} mails are in ${folder}`)
