import { fileURLToPath } from 'node:url'

/** Where the program can be killed outright: each is a place at which a promise hangs on what is already written down. */
export const KILL_POINTS = [
  /** In a sweep's transaction: mails are inserted, their notices are not. */
  'mid-sweep',
  /** The same, later: the ledger is complete, and the queue has nothing of it. */
  'between-ledger-and-queue',
  /** A worker has a batch, and no mail of it. */
  'before-claim',
  /** The mails are claimed, and nothing is read of them yet. */
  'after-claim',
  /** A mail is built and counts as handed over, and its first byte has not left. */
  'after-rendering',
  /** Half of a mail has left. */
  'mid-data',
  /** The server's 250 to a mail is there, unread. */
  'after-250',
  /** Results are written and committed; the answer is there, unread. */
  'mid-group-write',
  /** A migration's script is applied; the program has not heard of it. */
  'mid-migration',
] as const

export type KillPoint = (typeof KILL_POINTS)[number]

/** Settings with which the real program ends by SIGKILL when it has reached a point for the nth time. */
export function killedAt(point: KillPoint, nth = 1): Readonly<Record<string, string>> {
  const preloaded = fileURLToPath(new URL('./kill-here.ts', import.meta.url))
  return { NODE_OPTIONS: `--import=${preloaded}`, KILL_POINT: point, KILL_NTH: String(nth) }
}
