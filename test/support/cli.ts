import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { packageFolder } from '../../src/paths.ts'

export type CliResult = Readonly<{ code: number | null; stdout: string; stderr: string }>

export type RunningCli = Readonly<{
  process: ChildProcessWithoutNullStreams
  /** Resolves when it has ended. */
  result: Promise<CliResult>
  /** Resolves when its output, of either kind, has a match, with the match or its first group; rejects if it ends before. */
  said: (text: RegExp) => Promise<string>
}>

type Env = Readonly<Record<string, string | undefined>>

/** Runs the program as a shell would, and waits for its end. Of this process's environment it sees only PATH and TZ. */
export function runCli(args: readonly string[], env: Env = {}, stdin = ''): Promise<CliResult> {
  return startCli(args, env, stdin).result
}

/** Hundreds of times the same program: what its source was compiled to is kept, which halves the work of a start. */
const COMPILE_CACHE = join(packageFolder, 'node_modules/.cache/compiled')

/** Starts the program as a shell would, e.g. the service. The caller ends it. */
export function startCli(args: readonly string[], env: Env = {}, stdin = ''): RunningCli {
  const { PATH, TZ } = process.env
  const child = spawn(process.execPath, [join(packageFolder, 'bin/credit-reminders.js'), ...args], {
    env: { PATH, TZ, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
  })
  // A program that ends before it has read all of it is right to.
  child.stdin.on('error', () => {}).end(stdin)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk
  })
  const result = once(child, 'close').then(([code]) => ({ code, ...output }))
  return { process: child, result, said: (text) => waitFor(child, output, text) }
}

/** What it said to the person at the terminal, without what only tells of slow progress, or what nobody asked to know. */
export function notesOf({ stderr }: CliResult): string {
  return stderr.replace(/^(?:(?:planning|sending|reading grants): \d|\{"level":"(?:trace|debug)").*\n/gm, '')
}

function waitFor(
  child: ChildProcessWithoutNullStreams,
  output: Readonly<{ stdout: string; stderr: string }>,
  text: RegExp,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = text.exec(output.stdout + output.stderr)
      if (match !== null) resolve(match[1] ?? match[0])
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.on('close', () => reject(new Error(`it ended without saying ${text}:\n${output.stdout}${output.stderr}`)))
    look()
  })
}
