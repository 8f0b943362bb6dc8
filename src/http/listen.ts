import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { UsageError } from '../errors.ts'

export type HttpServer = Readonly<{ url: string; close: () => Promise<void> }>

type Place = Readonly<{
  host: string
  port: number
  /** What to do where it cannot. */
  hint?: string
  /** For so long, what is asked already may be answered when the server closes; then its connections are ended. */
  graceMs?: number
}>

/**
 * Serves an application. Port 0 takes a free one. `close` ends its connections too.
 *
 * @throws UsageError where the port is taken, or the host is none of this machine's
 */
export async function listen(
  app: Hono,
  { host, port, hint = 'see HTTP_HOST and HTTP_PORT', graceMs = 0 }: Place,
): Promise<HttpServer> {
  const server = createServer(getRequestListener(app.fetch))
  const underWay = new Set<ServerResponse>()
  server.on('request', (_request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  })
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
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      const answered = Promise.all([...underWay].map((response) => once(response, 'close')))
      await Promise.race([answered, setTimeout(graceMs, undefined, { ref: false })])
      server.closeAllConnections()
      await closed
    },
  }
}
