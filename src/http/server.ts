import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Health } from './health.ts'
import { healthRoutes } from './health.ts'
import { type Unsubscribe, unsubscribeRoutes } from './unsubscribe.ts'

export type HttpServer = Readonly<{ url: string; close: () => Promise<void> }>

/** Serves health and the pages behind the mails' links. Port 0 takes a free one. */
export async function startHttpServer(
  setting: Readonly<{ host: string; port: number; health: Health; unsubscribe: Unsubscribe }>,
): Promise<HttpServer> {
  const app = new Hono()
  app.route('/', healthRoutes(setting.health))
  app.route('/unsubscribe', unsubscribeRoutes(setting.unsubscribe))
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(setting.port, setting.host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : setting.port
  return {
    url: `http://${setting.host.includes(':') ? `[${setting.host}]` : setting.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
