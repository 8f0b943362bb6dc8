import type { PreviewedMail } from '../jobs/preview.ts'
import { MAX_PREHEADER_CHARACTERS, MAX_SUBJECT_CHARACTERS, MIN_PREHEADER_CHARACTERS } from '../mail/inbox-words.ts'
import { USUAL_HTML_KB } from '../mail/layouts.ts'
import { fitsLine, MAX_COLUMNS } from '../mail/line-breaks.ts'
import { leftOutOf } from './client-support.ts'

const BYTES_PER_KB = 1024

/** `look`: somebody should; `note`: it is good to know; `unknown`: it could not be looked at. */
export type Finding = Readonly<{ state: 'ok' | 'look' | 'note' | 'unknown'; words: string }>

/** What can be said of a mail by reading it. */
export async function findingsOn({ message, preheader }: PreviewedMail): Promise<readonly Finding[]> {
  const { subject, html, text } = message
  const kilobytes = Buffer.byteLength(html) / BYTES_PER_KB
  return [
    finding(
      subject.length <= MAX_SUBJECT_CHARACTERS,
      `subject of ${subject.length} characters, of at most ${MAX_SUBJECT_CHARACTERS}`,
    ),
    finding(
      preheader.length >= MIN_PREHEADER_CHARACTERS && preheader.length <= MAX_PREHEADER_CHARACTERS,
      `preheader of ${preheader.length} characters, of ${MIN_PREHEADER_CHARACTERS} to ${MAX_PREHEADER_CHARACTERS}`,
    ),
    finding(kilobytes <= USUAL_HTML_KB, `HTML of ${kilobytes.toFixed(1)} KB, of at most ${USUAL_HTML_KB}`),
    linksIn(html),
    finding(
      text.split('\n').every((line) => fitsLine(line) || !line.includes(' ')),
      `text in lines of at most ${MAX_COLUMNS} columns`,
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
