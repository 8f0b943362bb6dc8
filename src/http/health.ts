import { Hono } from 'hono'

/** What stands between the service and its work; empty where nothing does. Each is one line, fit for a page. */
export type Health = Readonly<{ obstacles: () => Promise<readonly string[]> }>

/**
 * `/healthz`: the process answers; a supervisor that gets no answer restarts it. `/readyz`: it can do its work; 503
 * with the reasons where it cannot, which a restart would not mend.
 */
export function healthRoutes({ obstacles }: Health): Hono {
  const routes = new Hono()
  routes.get('/healthz', (context) => context.json({ status: 'ok' }))
  routes.get('/readyz', async (context) => {
    const found = await obstacles()
    return context.json(
      { status: found.length === 0 ? 'ready' : 'not ready', obstacles: found },
      found.length === 0 ? 200 : 503,
    )
  })
  return routes
}
