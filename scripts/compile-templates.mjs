// Compiles the mails' MJML layout to HTML that still holds its Liquid placeholders. Run by `npm run prepare`:
// MJML is far too slow to be run for each mail, and is not needed where the package is installed.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mjml2html from 'mjml'

const templates = join(dirname(dirname(fileURLToPath(import.meta.url))), 'templates')
const source = await readFile(join(templates, 'layout.mjml'), 'utf8')
const { html, errors } = await mjml2html(source, {
  validationLevel: 'strict',
  keepComments: false,
  // By default it loads whatever font is named from a third party, which would learn who reads the mail, and when.
  fonts: {},
})
if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))

await mkdir(join(templates, 'compiled'), { recursive: true })
// Lines that held only MJML's indentation cost bytes in every mail.
const compact = html.replace(/^\s+/gm, '').replace(/\n{2,}/g, '\n')
await writeFile(join(templates, 'compiled', 'mail.html.liquid'), compact)
