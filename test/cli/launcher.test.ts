import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/paths.ts'

const LAUNCHER = join(packageFolder, 'bin/credit-reminders.js')

/** A Node older than the program needs, if this machine has one outside the project; the launcher is made for it. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node', '/bin/node'].find((path) => {
  const { stdout, status } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return status === 0 && Number(stdout.split('.')[0]) < 24
})
const runtimes = [process.execPath, ...(oldNode === undefined ? [] : [oldNode])]

describe.each(runtimes)('the launcher under %s', (node) => {
  const run = (...args: string[]) => spawnSync(node, [LAUNCHER, ...args], { encoding: 'utf8' })

  it('prints help and version to stdout', () => {
    expect(run('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: credit-reminders'),
      stderr: '',
    })
    expect(run('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  it('ends with 2 and clear lines on a mistake', () => {
    const { status, stdout, stderr } = run('--no-such-option')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain("unknown option '--no-such-option'")
    expect(stderr).not.toContain('at ')
  })
})

describe.each(runtimes)('a running command under %s', (node) => {
  let folder: string
  beforeAll(async () => {
    // A package of the same shape whose program only tells what happens to it.
    folder = await mkdtemp(join(tmpdir(), 'launcher-'))
    await mkdir(join(folder, 'src/cli'), { recursive: true })
    await cp(join(packageFolder, 'bin'), join(folder, 'bin'), { recursive: true })
    await symlink(join(packageFolder, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(
      join(folder, 'src/cli/main.ts'),
      `export async function main(args: readonly string[]) {
        if (args[0] === 'exit') return void (process.exitCode = Number(args[1]))
        if (args[0] === 'handle') process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(5) })
        setInterval(() => {}, 1000)
        console.log(process.pid)
      }`,
    )
  })
  afterAll(() => rm(folder, { recursive: true }))

  const start = async (...args: string[]) => {
    const child: ChildProcess = spawn(node, [join(folder, 'bin/credit-reminders.js'), ...args])
    const [pid] = await once(child.stdout as NodeJS.ReadableStream, 'data')
    return { child, exit: once(child, 'exit'), pid: Number(pid) }
  }

  it.each([0, 1, 2, 3])('hands on exit code %i', (code) => {
    expect(spawnSync(node, [join(folder, 'bin/credit-reminders.js'), 'exit', String(code)]).status).toBe(code)
  })

  it('gets the signals that the launcher gets', async () => {
    const { child, exit } = await start('handle')
    child.kill('SIGTERM')
    expect(await exit).toEqual([5, null])
  })

  it('ends by the signal that it does not handle, and so does the launcher', async () => {
    const { child, exit } = await start('wait')
    child.kill('SIGINT')
    expect(await exit).toEqual([null, 'SIGINT'])
  })

  it('does not outlive a launcher that is killed', async () => {
    const { child, exit, pid } = await start('handle')
    child.kill('SIGKILL')
    await exit
    await expect.poll(() => isRunning(pid)).toBe(false)
  })
})

function isRunning(pid: number): boolean {
  try {
    // A dead child that nobody has reaped yet still has an id, but no longer runs.
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
