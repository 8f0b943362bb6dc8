import { EXIT } from '../errors.ts'

/** A second signal within this time is the first one's echo: see below. */
const ECHO_MS = 300
/**
 * Supervisors commonly kill after 30 seconds. Whatever still runs by then is safe to break off: a sweep is one
 * transaction, and mails in flight are found again as uncertain.
 */
const STOP_WITHIN_MS = 27_000

/**
 * Calls `first` at the first SIGTERM or SIGINT; from then on the process ends by itself, or, `overdue`, is ended before a
 * supervisor loses its patience. A second signal ends it at once.
 *
 * Under the launcher (an older Node is started first and passes signals on) and under supervisors that signal every
 * process of a service, one request to stop arrives twice: such an echo is not taken for a person's impatience.
 *
 * @returns disposing of it takes the handlers off again; a stop that is under way stays bounded
 */
export function onStopSignals({ first, overdue }: Readonly<{ first: () => void; overdue?: () => void }>): Disposable {
  const launched = process.env.CREDIT_REMINDERS_LAUNCHED === '1'
  let firstMs: number | null = null
  const handle = () => {
    const nowMs = performance.now()
    if (firstMs === null) {
      firstMs = nowMs
      setTimeout(() => {
        overdue?.()
        process.exit()
      }, STOP_WITHIN_MS).unref()
      first()
    } else if (!launched || nowMs - firstMs > ECHO_MS) process.exit(EXIT.needsPerson)
  }
  process.on('SIGTERM', handle)
  process.on('SIGINT', handle)
  return {
    [Symbol.dispose]: () => {
      // The handlers stay while it stops: without them, the next signal would be a crash.
      if (firstMs !== null) return
      process.off('SIGTERM', handle)
      process.off('SIGINT', handle)
    },
  }
}
