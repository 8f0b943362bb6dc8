import { describe, expect, it } from 'vitest'
import { remembering } from '../../src/domain/memo.ts'

const MOST = 10

/** Squares numbers, and notes which it really had to square. */
function squares() {
  const made: number[] = []
  const square = remembering(
    MOST,
    (n: number) => String(n),
    (n) => {
      made.push(n)
      return n * n
    },
  )
  return { square, made }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('a function that remembers', () => {
  it('makes a result once, and gives it again', () => {
    const { square, made } = squares()
    expect([square(3), square(3), square(4), square(3)]).toEqual([9, 9, 16, 9])
    expect(made).toEqual([3, 4])
  })

  it('forgets what was not asked for while so many others were, and is right all the same', () => {
    const { square, made } = squares()
    expect(range(0, 1000).map(square)).toEqual(range(0, 1000).map((n) => n * n))
    expect(square(0)).toBe(0)
    expect(made).toEqual([...range(0, 1000), 0])
  })

  it('keeps what is asked for again and again', () => {
    const { square, made } = squares()
    for (const n of range(1, 1000)) {
      square(n)
      expect(square(0)).toBe(0)
    }
    expect(made.filter((n) => n === 0)).toHaveLength(1)
  })
})
