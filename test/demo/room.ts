import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningCli, startCli } from '../support/cli.ts'

/** A temporary folder for a demo alone, to see what it leaves behind. */
export type Room = AsyncDisposable &
  Readonly<{
    start: (...args: string[]) => RunningCli
    /** Files in it, and processes that name it. */
    remains: () => Promise<readonly string[]>
  }>

/** Settings of a company's own that a demo must not heed: it would read and mail a real one. */
const SETTINGS_OF_ANOTHER = {
  DATABASE_URL: 'postgresql://somebody@127.0.0.1:1/production',
  SMTP_URL: 'smtp://127.0.0.1:1',
  CREDIT_REMINDERS_CONFIG: '/does/not/exist.yaml',
  PGSSLMODE: 'require',
}

export async function openRoom(): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-room-'))
  // PostgreSQL's own user, as whom it runs where we are root, must get through.
  await chmod(folder, 0o711)
  const running: RunningCli[] = []
  return {
    start: (...args) => {
      const cli = startCli(['demo', ...args], { TMPDIR: folder, ...SETTINGS_OF_ANOTHER })
      running.push(cli)
      return cli
    },
    remains: async () => [...(await readdir(folder)), ...processesOf(folder)],
    [Symbol.asyncDispose]: async () => {
      for (const cli of running) if (cli.process.exitCode === null) cli.process.kill('SIGKILL')
      await Promise.all(running.map(({ result }) => result))
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function processesOf(folder: string): readonly string[] {
  const all = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n')
  // A dead child that nobody has reaped yet no longer runs.
  return all.filter((line) => line.includes(folder) && !line.startsWith('Z'))
}
