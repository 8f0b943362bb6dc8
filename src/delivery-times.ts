import { Histogram, Registry } from 'prom-client'
import type { SmtpVerdict } from './domain/smtp-verdict.ts'
import { PREFIX } from './metrics.ts'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 60 * MINUTE_SECONDS
const DAY_SECONDS = 24 * HOUR_SECONDS

/** A mail takes a fraction of a millisecond once its language is warm. */
const RENDER_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1]
/** From a relay on the same host to one that is silent until the time-out (RFC 5321, 4.5.3.2: 10 minutes). */
const SMTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]
/** From the next sweep to an outage of a week; a schedule of every quarter of an hour is within 900. */
const DELAY_BUCKETS = [
  10,
  MINUTE_SECONDS,
  5 * MINUTE_SECONDS,
  15 * MINUTE_SECONDS,
  30 * MINUTE_SECONDS,
  HOUR_SECONDS,
  2 * HOUR_SECONDS,
  6 * HOUR_SECONDS,
  12 * HOUR_SECONDS,
  DAY_SECONDS,
  3 * DAY_SECONDS,
  7 * DAY_SECONDS,
]

/** How long the steps of one process's deliveries take, all in seconds. */
export type DeliveryTimes = Readonly<{
  /** To put one mail into words. */
  render: (seconds: number) => void
  /** From when a message was given to the connections until the server's answer, or until the line broke. */
  smtp: (seconds: number, verdict: SmtpVerdict) => void
  /** From when a mail's first line was due until it was sent. */
  sendDelay: (seconds: number) => void
  /** All of it as Prometheus reads it. */
  text: () => Promise<string>
}>

export function createDeliveryTimes(): DeliveryTimes {
  const registry = new Registry()
  const registers = [registry]
  const render = new Histogram({
    name: `${PREFIX}render_duration_seconds`,
    help: 'How long it takes this instance to put a mail into words.',
    buckets: RENDER_BUCKETS,
    registers,
  })
  const smtp = new Histogram({
    name: `${PREFIX}smtp_duration_seconds`,
    help: "From handing a mail to this instance's SMTP connections until the server's answer, by what that meant.",
    labelNames: ['verdict'],
    buckets: SMTP_BUCKETS,
    registers,
  })
  smtp.zero({ verdict: 'accepted' })
  const sendDelay = new Histogram({
    name: `${PREFIX}send_delay_seconds`,
    help: 'How long after the first of its notices was due a mail was sent, holds, retries and outages included.',
    buckets: DELAY_BUCKETS,
    registers,
  })
  return {
    render: (seconds) => render.observe(seconds),
    smtp: (seconds, verdict) => smtp.observe({ verdict }, seconds),
    sendDelay: (seconds) => sendDelay.observe(seconds),
    text: () => registry.metrics(),
  }
}
