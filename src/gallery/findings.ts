import type { PreviewedMail } from '../jobs/preview.ts'
import { leftOutOf } from './client-support.ts'

const MAX_SUBJECT_CHARACTERS = 60
const MIN_PREHEADER_CHARACTERS = 40
const MAX_PREHEADER_CHARACTERS = 100
const MAX_TEXT_COLUMNS = 76
const MAX_HTML_BYTES = 25 * 1024
const BYTES_PER_KB = 1024

/** `look`: somebody should; `note`: it is good to know; `unknown`: it could not be looked at. */
export type Finding = Readonly<{ state: 'ok' | 'look' | 'note' | 'unknown'; words: string }>

/** What can be said of a mail by reading it. */
export async function findingsOn({ message, preheader }: PreviewedMail): Promise<readonly Finding[]> {
  const { subject, html, text } = message
  const bytes = Buffer.byteLength(html)
  return [
    finding(subject.length <= MAX_SUBJECT_CHARACTERS, `subject of ${subject.length} characters, of at most 60`),
    finding(
      preheader.length >= MIN_PREHEADER_CHARACTERS && preheader.length <= MAX_PREHEADER_CHARACTERS,
      `preheader of ${preheader.length} characters, of 40 to 100`,
    ),
    finding(bytes <= MAX_HTML_BYTES, `HTML of ${(bytes / BYTES_PER_KB).toFixed(1)} KB, of at most 25`),
    linksIn(html),
    finding(
      text.split('\n').every((line) => line.length <= MAX_TEXT_COLUMNS || !line.includes(' ')),
      `text in lines of at most ${MAX_TEXT_COLUMNS} characters`,
    ),
    ...(await supportOf(html)),
  ]
}

function finding(isRight: boolean, words: string): Finding {
  return { state: isRight ? 'ok' : 'look', words }
}

function linksIn(html: string): Finding {
  const links = [...html.matchAll(/\shref="([^"]*)"/g)].map(([, link = '']) => link)
  const insecure = links.filter((link) => /^http:/i.test(link))
  if (insecure.length > 0) return finding(false, `not by https: ${[...new Set(insecure)].join(', ')}`)
  const hosts = new Set(links.flatMap((link) => URL.parse(link)?.host ?? []))
  return finding(true, `links to ${[...hosts].join(', ')}`)
}

async function supportOf(html: string): Promise<readonly Finding[]> {
  const leftOut = await leftOutOf(html)
  if (leftOut === null) {
    return [
      { state: 'unknown', words: 'what mail programs leave out: caniemail is not installed (npm install caniemail)' },
    ]
  }
  if (leftOut.length === 0) return [finding(true, 'no mail program leaves anything out')]
  return leftOut.map((words) => ({ state: 'note', words }))
}
