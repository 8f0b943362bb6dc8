import { describe, expect, test } from 'vitest'
import { Gate } from '../../src/jobs/gate.ts'

const THROTTLED = { reason: 'throttled', detail: '454 Throttling failure' } as const
const REFUSED = { reason: 'service-refused', detail: '535 no' } as const

function gateAt() {
  let nowMs = 0
  const gate = new Gate(() => nowMs)
  const wait = (ms: number) => {
    nowMs += ms
  }
  return { gate, wait }
}

const manyTaken = (gate: Gate, mails: number) => {
  for (let mail = 0; mail < mails; mail++) gate.open()
}

describe('a gate', () => {
  test('lets one mail try at first, and all once it was taken', () => {
    const { gate } = gateAt()
    expect(gate.passage).toBe('probe')
    gate.open()
    expect(gate.passage).toBe('open')
    expect(gate.share).toBe(1)
  })

  test('When it is closed, it lets one mail try after half a minute, and later each time that one fails', () => {
    const { gate, wait } = gateAt()
    const pauses: number[] = []
    for (let probe = 0; probe < 7; probe++) {
      gate.close(REFUSED)
      pauses.push(gate.waitMs / 1000)
      expect(gate.passage).toBe('shut')
      wait(gate.waitMs)
      expect(gate.passage).toBe('probe')
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 900, 900])
  })

  test('When many mails fail at the same time, they close it once', () => {
    const { gate, wait } = gateAt()
    gate.close(REFUSED)
    wait(10_000)
    gate.close(REFUSED)
    expect(gate.waitMs).toBe(20_000)
  })
})

describe('a gate before a server that is sent too much at a time', () => {
  test('closes for seconds, and then lets out less at a time until all goes well', () => {
    const { gate, wait } = gateAt()
    gate.open()
    gate.close(THROTTLED)
    expect(gate.waitMs).toBe(5000)
    wait(5000)
    expect(gate.passage).toBe('probe')
    gate.open()
    expect(gate).toMatchObject({ passage: 'open', closure: null })
    expect(gate.share).toBeLessThan(0.15)
    manyTaken(gate, 100)
    expect(gate.share).toBeCloseTo(0.57, 1)
    manyTaken(gate, 100)
    expect(gate.share).toBe(1)
  })

  test('stays closed when mails that were under way are still taken', () => {
    const { gate } = gateAt()
    gate.close(THROTTLED)
    gate.open()
    expect(gate).toMatchObject({ passage: 'shut', closure: THROTTLED })
  })

  test('When it also hangs up on mails that were under way, it still is one that asks for patience', () => {
    const { gate, wait } = gateAt()
    gate.close(THROTTLED)
    gate.close({ reason: 'unreachable', detail: 'ECONNRESET' })
    expect(gate).toMatchObject({ closure: THROTTLED, waitMs: 5000 })
    gate.close(REFUSED)
    expect(gate.closure).toEqual(REFUSED)
    wait(5000)
    gate.close({ reason: 'unreachable', detail: 'ECONNREFUSED' })
    expect(gate.closure?.reason).toBe('unreachable')
  })

  test('stays closed when the server answers for one mail alone', () => {
    const { gate, wait } = gateAt()
    gate.close(THROTTLED)
    wait(5000)
    gate.answered()
    expect(gate.closure).toEqual(THROTTLED)
  })

  test('When it was still too fast, it waits twice as long; and as short as at first once all went well', () => {
    const { gate, wait } = gateAt()
    gate.close(THROTTLED)
    wait(5000)
    manyTaken(gate, 50)
    gate.close(THROTTLED)
    expect(gate.waitMs).toBe(10_000)
    wait(10_000)
    manyTaken(gate, 300)
    gate.close(THROTTLED)
    expect(gate.waitMs).toBe(5000)
  })

  test('When the probe fails again and again, it waits five minutes at most', () => {
    const { gate, wait } = gateAt()
    for (let probe = 0; probe < 12; probe++) {
      gate.close(THROTTLED)
      wait(gate.waitMs)
    }
    gate.close(THROTTLED)
    expect(gate.waitMs).toBe(5 * 60_000)
  })
})
