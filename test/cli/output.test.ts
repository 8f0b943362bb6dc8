import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { printable } from '../../src/cli/output.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { packageFolder } from '../../src/paths.ts'

describe('text of others', () => {
  it('cannot drive the terminal, break the line or turn its direction', () => {
    expect(printable('a\x1b[31mb\r\nc\u202ed\x9b')).toBe('a\ufffd[31mb c\ufffdd\ufffd')
    expect(printable('Zoë 株式会社 🎁')).toBe('Zoë 株式会社 🎁')
  })
})

describe('a result', () => {
  it('that nobody reads to its end leaves no complaint', () => {
    const output = join(packageFolder, 'src/cli/output.ts')
    const script = `const { endWithoutReader, print } = await import('${output}')
      endWithoutReader(process.stdout)
      for (let i = 0; i < 200_000; i++) print('line ' + i)`
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" --input-type=module -e "$1" | head -n 1', process.execPath, script],
      {
        encoding: 'utf8',
      },
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'line 0\n', stderr: '' })
  })
})

describe('a stream that takes no more', () => {
  it('ends the program with a line, and not with a stack', () => {
    const program = join(packageFolder, 'bin/credit-reminders.js')
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [program, '--help'], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'the output cannot be written: ENOSPC: no space left on device, write\n',
    })
  })
})

describe('progress away from a terminal', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function watched(total: number | null) {
    const stream = new PassThrough()
    const progress = createProgress({
      label: 'sending',
      total,
      stream: stream as unknown as WriteStream,
      now: Date.now,
    })
    return { progress, text: () => String(stream.read() ?? '') }
  }

  it('says nothing of short work', () => {
    const { progress, text } = watched(10)
    vi.advanceTimersByTime(4999)
    progress.finish()
    vi.advanceTimersByTime(60_000)
    expect(text()).toBe('')
  })

  it('tells rate and time left every five seconds', () => {
    const { progress, text } = watched(5000)
    progress.advance(1000)
    vi.advanceTimersByTime(5000)
    progress.advance(3000)
    vi.advanceTimersByTime(5000)
    progress.finish()
    expect(text()).toBe('sending: 1,000 of 5,000, 200/s, 20 s left\nsending: 4,000 of 5,000, 400/s, 3 s left\n')
  })

  it('counts where the total is not known', () => {
    const { progress, text } = watched(null)
    progress.advance(50)
    vi.advanceTimersByTime(5000)
    progress.finish()
    expect(text()).toBe('sending: 50, 10/s\n')
  })
})
