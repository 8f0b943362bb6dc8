import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'

/** SpamAssassin loads all its rules for each mail: a second or two, and more on a small machine. */
const TIMEOUT_MS = 60_000
const PROGRAM = 'spamassassin'

export type SpamScore = Readonly<{ score: number; rules: readonly string[] }>

/**
 * What SpamAssassin, where it is installed, makes of a message, by its local rules alone: nothing is looked up.
 *
 * @throws Error where it is not installed, or gives no score
 */
export async function spamScoreOf(source: Buffer): Promise<SpamScore> {
  const child = spawn(PROGRAM, ['--local', '--nocreate-prefs', '--test-mode'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      reject(new Error(code === 'ENOENT' ? 'SpamAssassin is not installed' : `SpamAssassin cannot be run (${code})`))
    })
  })
  // One that ends early is told by what it did not write.
  child.stdin.on('error', () => {}).end(source)
  return scoreIn((await Promise.race([buffer(child.stdout), failed])).toString())
}

/** Reads the headers that it adds, which may be folded. */
function scoreIn(tested: string): SpamScore {
  const [, status = ''] = /^X-Spam-Status: ((?:.+\n[ \t])*.+)$/m.exec(tested.replaceAll('\r\n', '\n')) ?? []
  const [, score] = /\bscore=(-?[\d.]+)/.exec(status) ?? []
  const [, rules = ''] = /\btests=([\w,\s]*?)(?:\s\w+=|$)/.exec(status) ?? []
  if (score === undefined) throw new Error('SpamAssassin gave no score')
  const names = rules.split(/[,\s]+/).filter((rule) => rule !== '' && rule !== 'none')
  return { score: Number(score), rules: names }
}
