import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A script of this folder in a process of its own: so that no other's memory, warmth or work is in its figures. */
export type Child = AsyncDisposable &
  Readonly<{
    /** Sends it a message, and waits for its answer. */
    ask: <Answer>(message: object) => Promise<Answer>
    /** Its first word, said without being asked. */
    hello: unknown
  }>

/** Starts the script and waits for its first message. Disposing of it lets go of it, at which it ends. */
export async function startChild(script: string, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = fork(join(import.meta.dirname, script), { env: { ...process.env, ...env } })
  const hello = await nextMessage(child, script)
  return {
    hello,
    ask: async <Answer>(message: object) => {
      const answer = nextMessage(child, script)
      child.send(message)
      return (await answer) as Answer
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

async function nextMessage(child: ChildProcess, script: string): Promise<unknown> {
  const listening = new AbortController()
  const ended = once(child, 'exit', listening).then(() => {
    throw new Error(`${script} ended without an answer`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', listening), ended])) as [unknown]
    return message
  } finally {
    listening.abort()
    ended.catch(() => {})
  }
}

/** In the child: says hello, answers each message in turn, and ends when the parent lets go. */
export function serveParent<Message>(
  hello: object,
  answer: (message: Message) => Promise<object>,
  end: () => PromiseLike<void> | void,
): void {
  process.on('message', async (message: Message) => {
    process.send?.(await answer(message))
  })
  process.on('disconnect', () => void Promise.resolve(end()).finally(() => process.exit()))
  process.send?.(hello)
}
