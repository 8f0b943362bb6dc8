import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { UsageError } from '../errors.ts'

export type HttpServer = Readonly<{ url: string; close: () => Promise<void> }>

/**
 * Serves an application. Port 0 takes a free one. `close` ends its connections too.
 *
 * @throws UsageError where the port is taken, or the host is none of this machine's
 */
export async function listen(
  app: Hono,
  {
    host,
    port,
    hint = 'see HTTP_HOST and HTTP_PORT',
  }: Readonly<{ host: string; port: number /** What to do where it cannot. */; hint?: string }>,
): Promise<HttpServer> {
  const server = createServer(getRequestListener(app.fetch))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${host}:${port} cannot be listened on (${code}); ${hint}`, {
      cause: error,
    })
  }
  const taken = (server.address() as AddressInfo).port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
