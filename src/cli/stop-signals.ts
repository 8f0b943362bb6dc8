/** A second signal within this time is the first one's echo: see below. */
const ECHO_MS = 300

/**
 * Calls `first` at the first SIGTERM or SIGINT, and `second` at the next.
 *
 * Under the launcher (an older Node is started first and passes signals on) and under supervisors that signal every
 * process of a service, one request to stop arrives twice: such an echo is not taken for a person's impatience.
 *
 * @returns takes the handlers off again.
 */
export function onStopSignals({ first, second }: { first: () => void; second: () => void }): () => void {
  const launched = process.env.CREDIT_REMINDERS_LAUNCHED === '1'
  let firstMs: number | null = null
  const handle = () => {
    const nowMs = performance.now()
    if (firstMs === null) {
      firstMs = nowMs
      first()
    } else if (!launched || nowMs - firstMs > ECHO_MS) second()
  }
  process.on('SIGTERM', handle)
  process.on('SIGINT', handle)
  return () => {
    process.off('SIGTERM', handle)
    process.off('SIGINT', handle)
  }
}
