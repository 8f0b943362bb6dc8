/**
 * An SMTP server that says yes to everything and keeps nothing, in a process of its own. It does as little as the
 * protocol allows (RFC 5321, with PIPELINING of RFC 2920), so that what is measured is the sender.
 *
 * Sends its parent `{ port }` when it listens, and whenever it is asked what it has accepted since the last time.
 * SINK_DELAY_MS: how long it takes over each mail before it answers.
 */
import { createServer, type Socket } from 'node:net'

const END_OF_CONTENT = Buffer.from('\r\n.\r\n')
const TAKEN = '250 2.0.0 taken\r\n'
const END_OF_LINE = Buffer.from('\r\n')

/** The mails since the last question, and when the first and the last of them were accepted. */
export type SinkReport = Readonly<{ mails: number; firstMs: number; lastMs: number }>

const delayMs = Number(process.env.SINK_DELAY_MS ?? 0)
let mails = 0
let firstMs = 0
let lastMs = 0

function countMail(): void {
  mails += 1
  lastMs = performance.now()
  if (mails === 1) firstMs = lastMs
}

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0)
  let inContent = false

  /** Takes one command or one content off what has come; empty where neither is complete. */
  const next = (): string => {
    const mark = inContent ? END_OF_CONTENT : END_OF_LINE
    const at = pending.indexOf(mark)
    if (at === -1) {
      // Of a content only the last bytes matter: they may be the beginning of its end.
      if (inContent && pending.length >= mark.length) pending = pending.subarray(pending.length - mark.length + 1)
      return ''
    }
    const verb = inContent ? '' : pending.toString('latin1', 0, Math.min(at, 4)).toUpperCase()
    pending = pending.subarray(at + mark.length)
    if (!inContent) return replyTo(verb)
    inContent = false
    countMail()
    return TAKEN
  }

  const replyTo = (verb: string): string => {
    if (verb === 'EHLO') return '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n'
    if (verb === 'QUIT') return '221 2.0.0 bye\r\n'
    if (verb !== 'DATA') return '250 2.0.0 ok\r\n'
    inContent = true
    return '354 go ahead\r\n'
  }

  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    let replies = ''
    for (let reply = next(); reply !== ''; reply = next()) replies += reply
    // A sender waits for the answer to one content before it sends the next command.
    if (replies.endsWith(TAKEN) && delayMs > 0) setTimeout(() => void socket.write(replies), delayMs)
    else if (replies !== '') socket.write(replies)
  })
  socket.write('220 sink ESMTP\r\n')
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('message', () => {
  process.send?.({ mails, firstMs, lastMs } satisfies SinkReport)
  mails = 0
})
process.on('disconnect', () => process.exit())
