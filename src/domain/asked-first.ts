import { byCodeUnit } from './order.ts'
import type { GrantStory } from './story.ts'

/** A grant of which support may be asked; without a story, its row cannot be understood. */
type Asked = Readonly<{ id: string; story: GrantStory | null; notices: readonly Readonly<{ expiresAt: Date }>[] }>

/**
 * The order in which support is asked about an account's grants at a time: first those of which somebody was told, or is
 * to be, the nearest expiry first, be it ahead or past; then all others, likewise. Those that never expire are the last, of
 * those whose row cannot be understood the expiry is that which was told last.
 */
export function byWhatIsAskedFirst(asOf: Date): (a: Asked, b: Asked) => number {
  const rank = ({ story, notices }: Asked) => (notices.length > 0 || story?.reason === null ? 0 : 1)
  const distance = ({ story, notices }: Asked) => {
    const expiresAt = story === null ? notices.at(-1)?.expiresAt : story.expiresAt
    return expiresAt == null ? Number.MAX_VALUE : Math.abs(expiresAt.getTime() - asOf.getTime())
  }
  return (a, b) => rank(a) - rank(b) || distance(a) - distance(b) || byCodeUnit(a.id, b.id)
}
