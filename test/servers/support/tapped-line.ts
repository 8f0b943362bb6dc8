import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A line to a port of this machine that hears what the client says on it, as anybody on a network could. */
export type TappedLine = AsyncDisposable &
  Readonly<{
    port: number
    /** All that clients have said so far. */
    heard: () => string
    connections: () => number
  }>

export async function tapLine(to: number): Promise<TappedLine> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    connections += 1
    const target = connect(to, '127.0.0.1')
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => other.destroy())
    }
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    client.pipe(target).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    heard: () => Buffer.concat(chunks).toString('latin1'),
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
