// Compiles the mails' MJML layout to HTML that still holds its Liquid placeholders. Run by `npm run prepare`:
// MJML is far too slow to be run for each mail, and is not needed where the package is installed.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mjml2html from 'mjml'

/** RFC 5322, 2.1.1 allows 998; longer ones would have to be encoded. */
const MAX_LINE_CHARACTERS = 900

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
await writeFile(join(templates, 'compiled', 'mail.html.liquid'), compact(html))

/**
 * Without MJML's indentation and line breaks, which cost bytes and time in every mail. A line break between two tags says
 * nothing where these are tables, so text with markup in it stands in one line of the layout. Lines that hold placeholders
 * stay lines of their own: nobody knows how long they will be.
 */
function compact(html) {
  const lines = []
  for (const line of html.split('\n').map((each) => each.trim())) {
    const last = lines.at(-1)
    if (line === '') continue
    if (last === undefined || isPlaced(last) || isPlaced(line) || last.length + line.length > MAX_LINE_CHARACTERS) {
      lines.push(line)
    } else
      lines[lines.length - 1] =
        last + ((last.endsWith('>') && line.startsWith('<')) || line.startsWith('>') ? '' : ' ') + line
  }
  return `${lines.join('\n').replaceAll(/ (?:style|class)=""/g, '')}\n`
}

function isPlaced(line) {
  return /\{[{%]/.test(line)
}
