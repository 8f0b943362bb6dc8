import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../../src/http/client-address.ts'
import { signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { type Company, foundCompany, SECRETS } from '../support/company.ts'
import { formPost, ONE_CLICK, type Pages, servePages } from '../support/unsubscribe-pages.ts'

const TOKEN = signUnsubscribeToken({ contactId: 'c', accountId: 'a', addressHash: null, locale: 'en' }, SECRETS.link)

let company: Company
let pages: Pages
beforeAll(async () => {
  company = await foundCompany()
  pages = await servePages(company, { HTTP_TRUST_PROXY: '1' })
})
afterAll(async () => {
  await pages[Symbol.asyncDispose]()
  await company[Symbol.asyncDispose]()
})

const from = (address: string, init: RequestInit = {}) => ({ ...init, headers: { 'X-Forwarded-For': address } })
const get = (token: string, init: RequestInit) => fetch(`${pages.url}/unsubscribe/${token}`, init)

test('Who tries links that are not ours is told to wait, and others are not', async () => {
  const guesser = from('192.0.2.1')
  // A wish is not counted, or the last of these guesses would be one too many.
  expect((await get(TOKEN, from('192.0.2.1', ONE_CLICK))).status).toBe(200)
  for (let tries = 0; tries < 60; tries += 1) expect((await get(`guess${tries}`, guesser)).status).toBe(404)
  const refused = await get('one-more', guesser)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.text()).toContain('Too many requests')
  expect((await get(TOKEN, guesser)).status).toBe(429)
  expect((await get(TOKEN, from('192.0.2.2'))).status).toBe(200)
  // Of one who has the guesser's address, a mail provider's among them, no wish is lost.
  expect((await get(TOKEN, from('192.0.2.1', ONE_CLICK))).status).toBe(200)
})

test('A mail provider may send the clicks of many people at once, and many may take theirs back', async () => {
  const sent = Array.from({ length: 100 }, (_, index) => {
    const target = {
      contactId: `c${index}`,
      accountId: `a${index % 10}`,
      addressHash: addressHash(`${index % 50}`),
      locale: 'en',
    }
    const body = index % 3 === 0 ? formPost({ action: 'undo' }) : ONE_CLICK
    return get(signUnsubscribeToken(target, SECRETS.link), from('198.51.100.1', body))
  })
  expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([200]))
})

test.each([
  // Without a proxy of ours, anybody can write that header.
  [0, '127.0.0.1', '203.0.113.9', '127.0.0.1'],
  [0, '::ffff:203.0.113.7', undefined, '203.0.113.7'],
  [1, '127.0.0.1', '203.0.113.9', '203.0.113.9'],
  [1, '127.0.0.1', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
  [2, '127.0.0.1', '10.9.9.9, 203.0.113.9, 192.0.2.1', '203.0.113.9'],
  [2, '127.0.0.1', '203.0.113.9', '203.0.113.9'],
  [1, '127.0.0.1', undefined, '127.0.0.1'],
  [1, '127.0.0.1', 'unknown', '127.0.0.1'],
  [1, '127.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  [1, '127.0.0.1', '[2001:db8:1:2:3::9]:4711', '2001:db8:1:2'],
  [1, '127.0.0.1', '2001:DB8::9', '2001:db8:0:0'],
  [0, '::1', undefined, '0:0:0:0'],
])('Behind %i proxies, a request over %s for %s is of %s', async (proxies, connected, forwarded, client) => {
  const app = new Hono().get('/', (context) => context.text(clientOf(context, proxies)))
  const headers = { ...(forwarded !== undefined && { 'X-Forwarded-For': forwarded }) }
  const bindings = { incoming: { socket: { remoteAddress: connected, remotePort: 1, remoteFamily: 'IPv4' } } }
  expect(await (await app.request('/', { headers }, bindings)).text()).toBe(client)
})
