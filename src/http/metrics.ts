import { Hono } from 'hono'

/** What a scrape is answered with. */
export type MetricsPage = Readonly<{ contentType: string; text: () => Promise<string> }>

/** `/metrics`, as Prometheus scrapes it. */
export function metricsRoutes({ contentType, text }: MetricsPage): Hono {
  const routes = new Hono()
  routes.get('/metrics', async (context) => context.body(await text(), 200, { 'Content-Type': contentType }))
  return routes
}
