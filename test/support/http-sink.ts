import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A real HTTP server on loopback that keeps what it is asked for, and answers as it is told to. */
export type HttpSink = AsyncDisposable &
  Readonly<{
    /** `http://127.0.0.1:…`, without a path. */
    url: string
    /** `GET /path?query`, in order. */
    requests: readonly string[]
    /** Answers the next requests with these, one each; `close` breaks the line. After them, 200 again. */
    answer: (...answers: readonly (number | 'close')[]) => void
  }>

export async function startHttpSink(): Promise<HttpSink> {
  const requests: string[] = []
  const answers: (number | 'close')[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const answer = answers.shift() ?? 200
    if (answer === 'close') request.socket.destroy()
    else response.writeHead(answer).end('heard')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (...next) => void answers.push(...next),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
