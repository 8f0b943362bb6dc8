import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const WINDOW_S = 60
/** So many pages in a window; a link that is not ours weighs as much as ten of them. */
const POINTS = 600
const UNKNOWN_LINK_POINTS = 10
const MS_PER_SECOND = 1000

export type PageLimit = Readonly<{
  /** Counts a page that was looked at. Null: go on; else in how many seconds. */
  page: (client: string) => Promise<number | null>
  /** Counts a link that is not ours. */
  unknownLink: (client: string) => Promise<number | null>
}>

/**
 * How often a client may look at pages, and try links that we did not make: 600 and 60 a minute. What is asked by a link
 * of ours is not counted: a mail provider sends the clicks of all its people from a few addresses, and none of them may
 * be lost. Each instance counts for itself: what this keeps out is a flood, and no token is found by trying 2¹²⁸ of them.
 */
export function createPageLimit(): PageLimit {
  const limiter = new RateLimiterMemory({ points: POINTS, duration: WINDOW_S })
  const take = async (client: string, points: number) => {
    try {
      await limiter.consume(client, points)
      return null
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      return Math.max(1, Math.ceil(refusal.msBeforeNext / MS_PER_SECOND))
    }
  }
  return { page: (client) => take(client, 1), unknownLink: (client) => take(client, UNKNOWN_LINK_POINTS) }
}
