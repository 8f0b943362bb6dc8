import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Judged } from './rspamd.ts'

const SEPARATOR = 'From sender@example.com Thu Jan  1 00:00:00 1970\n'

/**
 * What SpamAssassin gives each of some signed mails, by Debian's rules and without a look at the world. One process reads them
 * all: it takes longer to start than to judge.
 */
export async function judgeBySpamAssassin(raws: readonly Buffer[]): Promise<readonly Judged[]> {
  const home = await mkdtemp(join(tmpdir(), 'spamassassin-'))
  try {
    const mbox = raws.map((raw) => `${SEPARATOR}${unixLines(raw)}\n`).join('')
    const args = ['--local', '--nocreate-prefs', '--mbox', '--cf=add_header all Scores _TESTSSCORES(,)_']
    const output = await filter('spamassassin', args, { input: mbox, home })
    // In an order of its own: each is known again by the hash in its signature.
    const judged = new Map(
      output
        .split(/^From /m)
        .slice(1)
        .map((mail) => [bodyHashOf(mail), judgedOf(mail)]),
    )
    return raws.map((raw) => judged.get(bodyHashOf(raw.toString('latin1'))) ?? { score: Number.NaN, rules: {} })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function bodyHashOf(mail: string): string | undefined {
  return /^ bh=(.+);\r?$/m.exec(mail)?.[1]
}

/** As in an mbox file, where a line that begins with From would begin a mail. */
function unixLines(raw: Buffer): string {
  return raw
    .toString('latin1')
    .replaceAll('\r\n', '\n')
    .replace(/^(>*From )/gm, '>$1')
}

function filter(
  program: string,
  args: readonly string[],
  { input, home }: Readonly<{ input: string; home: string }>,
): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8' }
  return new Promise((resolve, reject) => {
    const options = { env, encoding: 'latin1', maxBuffer: Number.POSITIVE_INFINITY } as const
    const child = execFile(program, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout)))
    child.stdin?.end(input, 'latin1')
  })
}

function judgedOf(mail: string): Judged {
  const unfolded = (mail.split('\n\n', 1)[0] ?? '').replace(/\n[ \t]+/g, '')
  const scores = /^X-Spam-Scores: ?(.*)$/m.exec(unfolded)?.[1] ?? ''
  const rules = scores.split(',').map((each) => each.trim().split('=') as [string, string])
  return {
    score: Number(/^X-Spam-Status: .*?score=(-?[\d.]+)/m.exec(unfolded)?.[1]),
    rules: Object.fromEntries(
      rules.filter(([, score]) => Number(score) !== 0).map(([name, score]) => [name, Number(score)]),
    ),
  }
}
