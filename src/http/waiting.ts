import { Hono } from 'hono'
import { healthRoutes } from './health.ts'
import { type HttpServer, listen } from './listen.ts'

/**
 * Serves health and nothing else, while the service waits for what it rests on: a supervisor finds it alive and not
 * ready, and does not restart what a restart would not mend.
 */
export async function startWaitingServer({
  obstacle,
  ...at
}: Readonly<{ host: string; port: number; obstacle: () => string }>): Promise<HttpServer> {
  const app = new Hono()
  app.route('/', healthRoutes({ obstacles: async () => [obstacle()] }))
  // RFC 9110, 15.6.4.
  app.all('*', (context) => context.text('not ready yet; try again in a minute', 503, { 'Retry-After': '60' }))
  return listen(app, at)
}
