import { Hono } from 'hono'
import type { Alarm } from '../domain/alarms.ts'
import type { Pulse } from '../domain/rhythm.ts'

export type Health = Readonly<{
  /** What stands between the service and its work; empty where nothing does. Each is one line, fit for a page. */
  obstacles: () => Promise<readonly string[]>
  /** Whether its sweeps go on. It must answer at once, whatever is away. */
  pulse?: () => Pulse
  /** What a person should look at, although the service can do its work. */
  alarms?: () => readonly Alarm[]
}>

/**
 * `/healthz`: the process answers, and its sweeps go on; where they do not, 503. A supervisor that gets no answer, or
 * this one, restarts it. `/readyz`: it can do its work; 503 with the reasons where it cannot, which a restart would not
 * mend.
 */
export function healthRoutes({ obstacles, pulse, alarms }: Health): Hono {
  const routes = new Hono()
  routes.get('/healthz', (context) => {
    const now = pulse?.() ?? { status: 'ok' }
    return context.json(now, now.status === 'stale' ? 503 : 200)
  })
  routes.get('/readyz', async (context) => {
    const found = await obstacles()
    return context.json(
      { status: found.length === 0 ? 'ready' : 'not ready', obstacles: found, alarms: alarms?.() ?? [] },
      found.length === 0 ? 200 : 503,
    )
  })
  return routes
}
