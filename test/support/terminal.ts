import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ANSWERS_WITHIN_MS = 45_000

/** A shell that takes itself to be at a terminal. */
export type Terminal = AsyncDisposable &
  Readonly<{
    /** Types a line, keys such as Tab among it, and answers with the words that the shell then ran `credit-reminders` with. */
    type: (keys: string) => Promise<readonly string[]>
  }>

/**
 * Starts a shell on a pseudo terminal, in an empty folder, where `credit-reminders` tells what it is called with.
 *
 * @param setting.prepare lines that it begins with
 */
export async function openTerminal({
  shell,
  prepare,
}: Readonly<{ shell: string; prepare: readonly string[] }>): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'terminal-'))
  const child = spawn('script', ['--quiet', '--flush', '--command', shell, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env.PATH, TERM: 'dumb', HOME: folder, LC_ALL: 'C.UTF-8' },
  })
  let seen = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
  })
  let lines = 0
  const type = async (keys: string) => {
    // Its number tells the answer from the echo of what was typed.
    lines += 1
    const answer = new RegExp(`<${lines}\\|(.*?)>`)
    child.stdin.write(`${keys}\n`)
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
    for (;;) {
      const words = answer.exec(seen)?.[1]
      if (words !== undefined) return words.split('|').filter((word) => word !== '')
      await once(child.stdout, 'data', { signal }).catch((cause) => {
        throw new Error(`no answer to ${JSON.stringify(keys)} in:\n${seen}`, { cause })
      })
    }
  }
  const tell = `credit-reminders() { n=$((n+1)); printf '<%s|' "$n"; printf '%s|' "$@"; printf '>\\n'; }`
  child.stdin.write(`${['n=0', tell, ...prepare].join('\n')}\n`)
  await type('credit-reminders ready')
  return {
    type,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
