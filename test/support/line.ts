import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A line to a server that can be cut, as a network does it, while the server itself lives on. */
export type Line = AsyncDisposable &
  Readonly<{
    /** The server's URL by way of this line. */
    url: string
    /** Breaks all connections, and refuses further ones. */
    cut: () => Promise<void>
    /** Lets connections through again. */
    mend: () => Promise<void>
  }>

/** A line to the server of a URL; `isCut`, it stands only once it was mended. */
export async function startLine(to: string, { isCut = false }: Readonly<{ isCut?: boolean }> = {}): Promise<Line> {
  const target = new URL(to)
  const sockets = new Set<Socket>()
  const server = createServer((inner) => {
    const outer = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    inner.pipe(outer).pipe(inner)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  await listen(0)
  const { port } = server.address() as { port: number }
  const url = new URL(to)
  url.port = String(port)
  if (isCut) await cut()
  return {
    url: url.href,
    cut,
    mend: () => listen(port),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await cut()
    },
  }
}
