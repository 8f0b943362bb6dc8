import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** Where Prometheus's own tool is, which Debian has in its package `prometheus`; null: not at hand. `.ci/run` finds it. */
export const PROMTOOL = process.env.PROMTOOL || null

/** What the tool says, and whether it is content. */
export async function promtool(args: readonly string[], input = ''): Promise<Readonly<{ code: number; said: string }>> {
  if (PROMTOOL === null) throw new Error('PROMTOOL is not set')
  const child = spawn(PROMTOOL, args)
  child.stdin.end(input)
  const ended = new Promise<number>((resolve, reject) =>
    child.on('error', reject).on('close', (code) => resolve(code ?? -1)),
  )
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, said: out + err }
}
