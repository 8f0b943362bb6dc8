import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { callHeartbeat, createHeart } from '../../src/jobs/heartbeat.ts'
import { startHttpSink } from '../support/http-sink.ts'

const TOKEN = 'a-token-of-the-tests'
const AT_ONCE = [0, 0]

const sink = await startHttpSink()
afterAll(() => sink[Symbol.asyncDispose]())
afterEach(() => void (sink.requests as string[]).splice(0))

const nobody = await startHttpSink().then(async (closed) => {
  await closed[Symbol.asyncDispose]()
  return closed.url
})

const call = (signal = new AbortController().signal, url = `${sink.url}/ping/${TOKEN}?a=1`) =>
  callHeartbeat(url, signal, AT_ONCE)

describe('a heartbeat', () => {
  test('is one GET of the address as it stands', async () => {
    expect(await call()).toBeNull()
    expect(sink.requests).toEqual([`GET /ping/${TOKEN}?a=1`])
  })

  test('is tried again after an error and a broken line', async () => {
    sink.answer(503, 'close')
    expect(await call()).toBeNull()
    expect(sink.requests).toHaveLength(3)
  })

  test('is given up after some tries, with a word that does not name the address', async () => {
    sink.answer(500, 'close', 404)
    expect(await call()).toBe('it answered 404')
    expect(sink.requests).toHaveLength(3)
    const unheard = await call(undefined, `${nobody}/ping/${TOKEN}`)
    expect(unheard).toBe('no answer (ECONNREFUSED)')
    expect(await call(undefined, `http://nobody.invalid/ping/${TOKEN}`)).toMatch(/^no answer \([A-Z_]+\)$/)
  })

  test('is not tried again by a process that stops', async () => {
    const stopping = new AbortController()
    stopping.abort()
    expect(await call(stopping.signal)).toMatch(/^no answer/)
    expect(sink.requests).toEqual([])
  })
})

describe('the heart of a service', () => {
  const heartOf = (url: string | null) => {
    const warnings: object[] = []
    return { warnings, heart: createHeart({ url, log: { warn: (...said) => void warnings.push(said) } }) }
  }

  test('spares a call while another is under way, counts them, and says nothing', async () => {
    const { heart, warnings } = heartOf(`${sink.url}/${TOKEN}`)
    heart.beat()
    heart.beat()
    await expect.poll(heart.counts).toEqual({ answered: 1, failed: 0 })
    heart.beat()
    await expect.poll(heart.counts).toEqual({ answered: 2, failed: 0 })
    expect(sink.requests).toHaveLength(2)
    expect(warnings).toEqual([])
    await heart.stop()
    heart.beat()
    expect(sink.requests).toHaveLength(2)
  })

  test('that is stopped in the middle of its tries stops at once, and calls it no failure', async () => {
    const { heart, warnings } = heartOf(`${nobody}/${TOKEN}`)
    heart.beat()
    await heart.stop()
    expect(heart.counts()).toEqual({ answered: 0, failed: 0 })
    expect(warnings).toEqual([])
  })

  test('without an address does not beat', async () => {
    const { heart } = heartOf(null)
    heart.beat()
    await heart.stop()
    expect(heart.counts()).toEqual({ answered: 0, failed: 0 })
  })
})
