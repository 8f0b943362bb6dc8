import { vi } from 'vitest'

/** Repeats expectations until they hold: other processes take their time. Unlike `expect.poll`, also among concurrent tests. */
export async function eventually(expectations: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(expectations, { timeout: 45_000, interval: 100 })
}
