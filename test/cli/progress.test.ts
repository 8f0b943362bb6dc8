import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A stream, and what was written to it since it was last asked. */
function streamOf({ isTTY }: Readonly<{ isTTY: boolean }>) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100, rows: 24 })
  stream.setEncoding('utf8')
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String(stream.read() ?? ''),
  }
}

describe('progress where nobody watches', () => {
  test('When the work takes long, it writes a line every five seconds, also in the middle of a single step', () => {
    const { stream, written } = streamOf({ isTTY: false })
    const progress = createProgress({ label: 'sending', total: 5000, stream })
    progress.advance(1200)
    vi.advanceTimersByTime(4999)
    expect(written()).toBe('')
    vi.advanceTimersByTime(1)
    expect(written()).toBe('sending: 1,200 of 5,000, 240/s, 16 s left\n')
    vi.advanceTimersByTime(5000)
    expect(written()).toBe('sending: 1,200 of 5,000, 120/s, 32 s left\n')
    progress.finish()
    vi.advanceTimersByTime(60_000)
    expect(written()).toBe('')
  })

  test('When the total is not known, it tells what is known, and the total once it is', () => {
    const { stream, written } = streamOf({ isTTY: false })
    const progress = createProgress({ label: 'planning', total: null, stream })
    progress.advance(10)
    vi.advanceTimersByTime(5000)
    expect(written()).toBe('planning: 10, 2/s\n')
    progress.expect(20)
    vi.advanceTimersByTime(5000)
    expect(written()).toBe('planning: 10 of 20, 1/s, 10 s left\n')
    progress.finish()
  })

  test('When the work is done at once, it writes nothing', () => {
    const { stream, written } = streamOf({ isTTY: false })
    const progress = createProgress({ label: 'sending', total: 10, stream })
    progress.advance(10)
    vi.advanceTimersByTime(4000)
    progress.finish()
    vi.advanceTimersByTime(60_000)
    expect(written()).toBe('')
  })
})

describe('progress on a terminal', () => {
  test('When the work takes more than a moment, a bar shows share, rate and time left, and is wiped at the end', () => {
    const { stream, written } = streamOf({ isTTY: true })
    const progress = createProgress({ label: 'sending', total: 100, stream })
    progress.advance(25)
    vi.advanceTimersByTime(999)
    expect(written()).toBe('')
    vi.advanceTimersByTime(1)
    expect(stripVTControlCharacters(written())).toContain(
      `${'█'.repeat(8)}${'░'.repeat(22)} sending: 25 of 100, 25/s, 3 s left`,
    )
    progress.advance(75)
    vi.advanceTimersByTime(1000)
    expect(stripVTControlCharacters(written())).toContain(`${'█'.repeat(30)} sending: 100 of 100, 50/s, 0 s left`)
    progress.finish()
    // Cursor to the line's start, and the line erased (ECMA-48: CHA, EL).
    expect(written().endsWith('\u001b[1G\u001b[2K')).toBe(true)
  })

  test('When the total is not known, there is no bar, but the count', () => {
    const { stream, written } = streamOf({ isTTY: true })
    const progress = createProgress({ label: 'reading grants', total: null, stream })
    progress.advance(2000)
    vi.advanceTimersByTime(2000)
    const shown = stripVTControlCharacters(written())
    expect(shown).toContain('reading grants: 2,000, ')
    expect(shown).not.toMatch(/[█░]/)
    progress.finish()
  })

  test('When the work is done at once, the terminal is left alone', () => {
    const { stream, written } = streamOf({ isTTY: true })
    createProgress({ label: 'sending', total: 3, stream }).finish()
    vi.advanceTimersByTime(10_000)
    expect(written()).toBe('')
  })
})
