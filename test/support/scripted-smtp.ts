import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What the server does at a line of the client's: says something, breaks the line, resets it, or stays silent. */
export type ScriptedReply = string | 'close' | 'reset' | 'silence'

/** At which line what is said: of those whose pattern fits, the first. `.` is the end of the message. */
export type Script = readonly (readonly [line: RegExp, reply: ScriptedReply])[]

export type ScriptedSmtp = AsyncDisposable & Readonly<{ url: string; heard: readonly string[] }>

const GREETING = '220 here ESMTP'

/** As a server answers that takes every mail. */
const CONSENT: Script = [
  [/^EHLO/, '250-here\r\n250 8BITMIME'],
  [/^DATA$/, '354 go on'],
  [/^QUIT$/, '221 bye'],
  [/^(?:MAIL|RCPT|RSET|\.$)/, '250 yes'],
]

/**
 * A server on loopback that follows a script to the letter, and takes every mail where it says nothing. It can do what no
 * proper server does.
 *
 * @param greeting what it says, or does, when somebody connects
 */
export async function startScriptedSmtp(script: Script, greeting: ScriptedReply = GREETING): Promise<ScriptedSmtp> {
  const heard: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let inMessage = false
    act(socket, greeting)
    createInterface({ input: socket }).on('line', (line) => {
      if (inMessage && line !== '.') return
      heard.push(line)
      const reply = [...script, ...CONSENT].find(([pattern]) => pattern.test(line))?.[1] ?? '502 what?'
      inMessage = line === 'DATA' && reply.startsWith('354')
      act(socket, reply)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function act(socket: Socket, reply: ScriptedReply): void {
  if (reply === 'close') socket.end()
  else if (reply === 'reset') socket.resetAndDestroy()
  else if (reply !== 'silence') socket.write(`${reply}\r\n`)
}
