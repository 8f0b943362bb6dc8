import { setTimeout as pause } from 'node:timers/promises'

const TIMEOUT_MS = 10_000
/** Before each further try. */
const PAUSES_MS = [1000, 5000, 15_000]

/**
 * Calls the address that a dead man's switch listens at, and again a few times where it does not answer.
 *
 * @returns null where it answered with success; else what went wrong, without the address: it may hold a token
 */
export async function callHeartbeat(
  url: string,
  signal: AbortSignal,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<string | null> {
  for (const pauseMs of pausesMs) {
    const fault = await call(url, signal)
    if (fault === null || signal.aborted) return fault
    await pause(pauseMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return fault
  }
  return call(url, signal)
}

async function call(url: string, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) })
    await response.body?.cancel()
    return response.ok ? null : `it answered ${response.status}`
  } catch (error) {
    return `no answer (${codeOf(error)})`
  }
}

/** The words of such errors may name the address; their codes do not. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error as { cause?: unknown }
  const code = [error, cause].map((each) => (each as { code?: unknown } | undefined)?.code)
  return code.find((each): each is string => typeof each === 'string') ?? error.name
}

/** The heartbeat of a service. */
export type Heart = Readonly<{
  /** Calls in the background: nothing waits for it, and while one call is under way another is spared. */
  beat: () => void
  /** How the calls have ended so far. */
  counts: () => Readonly<Record<'answered' | 'failed', number>>
  stop: () => Promise<void>
}>

/** @param url null where nobody listens */
export function createHeart({
  url,
  log,
}: Readonly<{ url: string | null; log: Readonly<{ warn: (fields: object, message: string) => void }> }>): Heart {
  const stopping = new AbortController()
  const counts = { answered: 0, failed: 0 }
  let current: Promise<void> | null = null
  const call = async (address: string) => {
    const fault = await callHeartbeat(address, stopping.signal)
    current = null
    if (fault === null) counts.answered += 1
    else if (!stopping.signal.aborted) {
      counts.failed += 1
      log.warn({ fault }, 'the heartbeat could not be delivered; see HEARTBEAT_URL')
    }
  }
  return {
    beat: () => {
      if (url !== null && !stopping.signal.aborted) current ??= call(url)
    },
    counts: () => ({ ...counts }),
    stop: async () => {
      stopping.abort()
      await current
    },
  }
}
