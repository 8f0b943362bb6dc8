import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Health } from './health.ts'
import { healthRoutes } from './health.ts'
import { type HttpServer, listen } from './listen.ts'
import { type MetricsPage, metricsRoutes } from './metrics.ts'
import { type Unsubscribe, unsubscribeRoutes } from './unsubscribe.ts'
import { type BounceWebhook, webhookRoutes } from './webhooks.ts'

/** A wish that is being written down when the service is told to stop gets its answer: nobody asks for it twice. */
const GRACE_MS = 10_000

/**
 * A path that leads out of where it begins (RFC 3986, 5.2.4). Proxies that let pass what begins with `/unsubscribe/` do
 * not all see through it.
 */
const CLIMBS = /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i

/** Serves health, metrics, the pages behind the mails' links, and what providers report to. Port 0 takes a free one. */
export async function startHttpServer({
  health,
  unsubscribe,
  bounces,
  metrics,
  ...at
}: Readonly<{
  host: string
  port: number
  health: Health
  unsubscribe: Unsubscribe
  bounces: BounceWebhook | null
  metrics: MetricsPage | null
}>): Promise<HttpServer> {
  // Some programs put a slash behind a link.
  const app = new Hono({ strict: false })
  app.use(async (context, next) => {
    const { incoming } = context.env as HttpBindings
    if (CLIMBS.test(incoming.url ?? '')) return context.notFound()
    await next()
    // RFC 9111, 5.2.2.5: yesterday's health is none, and a page behind a token is nobody else's.
    context.header('Cache-Control', 'no-store')
  })
  app.route('/', healthRoutes(health))
  if (metrics !== null) app.route('/', metricsRoutes(metrics))
  app.route('/unsubscribe', unsubscribeRoutes(unsubscribe))
  app.route('/webhooks', webhookRoutes(bounces))
  return listen(app, { ...at, graceMs: GRACE_MS })
}
