import { describe, expect, test } from 'vitest'
import { PaceLane } from '../../src/jobs/pace-lane.ts'

const PER_SECOND = 40
const WORTHWHILE = 10

/** @returns how many of the mails have a departure */
function wanting(lane: PaceLane, mails: number, nowMs: number): number {
  lane.restart(nowMs)
  return Array.from({ length: mails }, () => lane.claim(nowMs)).filter((isThere) => isThere).length
}

const departures = (count: number, firstMs: number) =>
  Array.from({ length: count }, (_, index) => firstMs + (index * 1000) / PER_SECOND)

describe('a lane', () => {
  test('asks for as many departures as there are mails, and for a quarter of a second at most', () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, 3, 0)
    expect(lane.shortage).toBe(3)
    wanting(lane, 500, 0)
    expect(lane.shortage).toBe(WORTHWHILE)
    wanting(lane, 0, 0)
    expect(lane.shortage).toBe(0)
  })

  test('asks for one where the rate is lower than four a second', () => {
    const lane = new PaceLane('*', 0.1)
    wanting(lane, 500, 0)
    expect(lane.shortage).toBe(1)
  })

  test('asks one question at a time, and again once half of the answer is used', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, 500, 0)
    const asked = lane.ask(async () => departures(WORTHWHILE, 0))
    expect(lane.shortage).toBe(0)
    await asked
    const half = WORTHWHILE / 2
    const halfTimeMs = ((half - 1) * 1000) / PER_SECOND
    expect(wanting(lane, 500, halfTimeMs)).toBe(half)
    expect(lane.shortage).toBe(0)
    for (let mail = 0; mail < half; mail++) lane.take()
    expect(lane.shortage).toBe(half)
  })

  test('lets a mail go at its time, and not before', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    await lane.ask(async () => departures(2, 100))
    expect(wanting(lane, 2, 99)).toBe(0)
    expect(lane.nextMs).toBe(100)
    expect(wanting(lane, 2, 100)).toBe(1)
    lane.take()
    expect(wanting(lane, 1, 124)).toBe(0)
    expect(lane.nextMs).toBe(125)
  })

  test('makes up for no pause: departures that nobody used are gone', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, WORTHWHILE, 0)
    await lane.ask(async () => departures(WORTHWHILE, 0))
    expect(wanting(lane, 1, 10_000)).toBe(0)
  })

  test('keeps the departures that mails have claimed, which wait for another lane, and only these', async () => {
    const lane = new PaceLane('example.com', PER_SECOND)
    await lane.ask(async () => departures(WORTHWHILE, 0))
    expect(wanting(lane, 2, 1000 / PER_SECOND)).toBe(2)
    expect(wanting(lane, 5, 10_000)).toBe(2)
    expect(lane.nextMs).toBeNull()
  })

  test('asks again when the question failed', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, 5, 0)
    await expect(lane.ask(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    expect(lane.shortage).toBe(5)
  })
})
