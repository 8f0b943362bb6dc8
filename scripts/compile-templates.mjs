// Compiles the mails' MJML layout to HTML that still holds its Liquid placeholders and the names of its colours: one file
// for languages written from the left, one for those from the right. Run by `npm run prepare`: MJML is far too slow to be
// run for each mail, and is not needed where the package is installed.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mjml2html from 'mjml'

/** RFC 5322, 2.1.1 allows 998; longer ones would have to be encoded. */
const MAX_LINE_CHARACTERS = 900

/**
 * The systems' own. From the left there is none for a script: where these lack it, systems choose by the language, which
 * alone tells Japanese from Chinese characters. From the right, the first ones that have Arabic and Hebrew come first:
 * Roboto, Helvetica and older Arials do not.
 */
const FONTS = {
  ltr: "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif",
  rtl: "-apple-system,'Segoe UI',Tahoma,'Noto Sans Arabic','Noto Sans Hebrew',Arial,sans-serif",
}

const templates = join(dirname(dirname(fileURLToPath(import.meta.url))), 'templates')
const source = await readFile(join(templates, 'layout.mjml'), 'utf8')
await mkdir(join(templates, 'compiled'), { recursive: true })
const html = await compile(source)
await writeFile(join(templates, 'compiled', 'mail.ltr.html.liquid'), compact(html.replaceAll('(fonts)', FONTS.ltr)))
await writeFile(
  join(templates, 'compiled', 'mail.rtl.html.liquid'),
  compact(mirrored(html).replaceAll('(fonts)', FONTS.rtl)),
)

/** MJML takes colours only as colours: each name stands behind one while it looks. */
async function compile(layout) {
  const names = []
  const colored = layout.replace(/\[\[[a-zA-Z-]+\]\]/g, (name) => {
    if (!names.includes(name)) names.push(name)
    return standIn(names.indexOf(name))
  })
  const { html, errors } = await mjml2html(colored, {
    validationLevel: 'strict',
    keepComments: false,
    // By default it loads whatever font is named from a third party, which would learn who reads the mail, and when.
    fonts: {},
  })
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  return names.reduce((written, name, index) => written.replaceAll(standIn(index), name), withoutTinyText(html))
}

/**
 * MJML sets text to nothing wherever none stands, which filters take for text that is hidden. It is against gaps between
 * columns that stand side by side; of those we have none. What stands in comments is for Outlook, which needs it.
 */
function withoutTinyText(html) {
  return html.replace(/<!--.*?-->|font-size:0px;/gs, (found) => (found.startsWith('<!--') ? found : ''))
}

function standIn(index) {
  return `#c0de${index.toString(16).padStart(2, '0')}`
}

/** The same from the right: what stood at the left edge stands at the right one, and the other way round. */
function mirrored(html) {
  const lopsided = /(?:padding|margin):(?! *0 *auto)[^;"]+? [^;" ]+ [^;" ]+ [^;" ]+[;"]/.exec(html)
  if (lopsided !== null) throw new Error(`cannot be mirrored: ${lopsided[0]}`)
  return html
    .replace(/((?:text-align|float): *|(?:padding|margin|border)-|align=")(left|right)\b/g, (_all, before, side) => {
      return before + (side === 'left' ? 'right' : 'left')
    })
    .replaceAll('direction:ltr', 'direction:rtl')
}

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
