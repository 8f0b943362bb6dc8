import { describe, expect, test } from 'vitest'
import { PaceLane } from '../../src/jobs/pace-lane.ts'

const PER_SECOND = 40
const WORTHWHILE = 10

function wanting(lane: PaceLane, mails: number, nowMs: number): void {
  lane.restart(nowMs)
  for (let mail = 0; mail < mails; mail++) lane.want()
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
    expect(lane.shortage).toBe(0)
    for (let mail = 0; mail < WORTHWHILE / 2; mail++) lane.take()
    expect(lane.shortage).toBe(WORTHWHILE / 2)
  })

  test('lets a mail go at its time, and not before', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, 2, 0)
    await lane.ask(async () => departures(2, 100))
    expect(lane.isReady(99)).toBe(false)
    expect(lane.isReady(100)).toBe(true)
    lane.take()
    expect(lane.isReady(124)).toBe(false)
    expect(lane.nextMs).toBe(125)
  })

  test('makes up for no pause: departures that nobody used are gone', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, WORTHWHILE, 0)
    await lane.ask(async () => departures(WORTHWHILE, 0))
    lane.restart(10_000)
    expect(lane.isReady(10_000)).toBe(false)
  })

  test('asks again when the question failed', async () => {
    const lane = new PaceLane('*', PER_SECOND)
    wanting(lane, 5, 0)
    await expect(lane.ask(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    expect(lane.shortage).toBe(5)
  })
})
