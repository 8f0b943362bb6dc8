import type { DeliveryTimes } from '../delivery-times.ts'
import { verdictOn } from '../domain/smtp-verdict.ts'
import type { Renderer } from '../mail/render.ts'
import type { SmtpTransport } from '../mail/transport.ts'

const MS_PER_SECOND = 1000

/** The same renderer, which tells how long each mail took. */
export function timedRenderer(renderer: Renderer, times: Pick<DeliveryTimes, 'render'>): Renderer {
  return {
    ...renderer,
    render: (content) => {
      const begunMs = performance.now()
      const rendered = renderer.render(content)
      times.render(secondsSince(begunMs))
      return rendered
    },
  }
}

/** The same transport, which tells how long each answer took and what it meant. */
export function timedTransport(transport: SmtpTransport, times: Pick<DeliveryTimes, 'smtp'>): SmtpTransport {
  return {
    ...transport,
    send: async (message) => {
      const begunMs = performance.now()
      const outcome = await transport.send(message)
      times.smtp(secondsSince(begunMs), verdictOn(outcome))
      return outcome
    },
  }
}

function secondsSince(begunMs: number): number {
  return (performance.now() - begunMs) / MS_PER_SECOND
}
