import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type BounceEvent, readBounceEvents } from './bounce-events.ts'
import { isSigned } from './signature.ts'

const MAX_BODY_BYTES = 1024 * 1024

/** What came of a request's events. */
export type EventsTaken = Readonly<{ repeated: number; suppressed: number }>

export type BounceWebhook = Readonly<{
  secret: string
  /** The present time, that the signature's own is compared with. */
  now: () => Date
  /** Keeps the events; those that were kept before do nothing. */
  record: (events: readonly BounceEvent[]) => Promise<EventsTaken>
}>

/**
 * Where mail providers report bounces and complaints by HTTP. Whoever has the secret is believed; to everybody else it
 * says 401 and no more. Where the events cannot be kept it answers 503, which senders take as a reason to come again.
 */
export function webhookRoutes(webhook: BounceWebhook | null): Hono {
  const routes = new Hono()
  if (webhook === null) return routes
  const { secret, now, record } = webhook
  routes.onError((_error, context) => context.json({ status: 'not kept; send it again' }, 503))
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) => context.json({ faults: [`the body has more than ${MAX_BODY_BYTES} bytes`] }, 413),
  })
  routes.post('/bounces', limit, async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer())
    const signed = { timestamp: context.req.header('X-Timestamp'), signature: context.req.header('X-Signature'), body }
    if (!isSigned(signed, { secret, now: now() })) return context.body(null, 401)
    const read = readBounceEvents(body)
    if ('faults' in read) return context.json({ faults: read.faults }, 400)
    const { repeated, suppressed } = await record(read.events)
    return context.json({ accepted: read.events.length, repeated, suppressed })
  })
  return routes
}
