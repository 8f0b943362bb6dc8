import { createHmac, timingSafeEqual } from 'node:crypto'

/** A request older or newer than this is refused: a copy of it is of no use for long. */
const WINDOW_MS = 5 * 60_000

/** A body with what says who sent it, and when. */
export type SignedBody = Readonly<{
  /** Seconds since 1970, as the header has it. */
  timestamp: string | undefined
  /** `sha256=` and the HMAC of `timestamp.body` in hex. */
  signature: string | undefined
  body: Uint8Array
}>

/** True where whoever has the secret signed the body for this moment. */
export function isSigned(
  { timestamp, signature, body }: SignedBody,
  { secret, now }: Readonly<{ secret: string; now: Date }>,
): boolean {
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now.getTime() - Number(timestamp) * 1000) > WINDOW_MS) return false
  const mac = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
  const given = Buffer.from(signature?.toLowerCase() ?? '')
  const expected = Buffer.from(`sha256=${mac}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
