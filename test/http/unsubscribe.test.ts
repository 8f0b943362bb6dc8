import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { AS_OF, insertWarnedCrowd, SECRETS } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { openProgram, type Program } from '../support/program.ts'
import { type Service, startService } from '../support/service.ts'
import { ONE_CLICK, tokenTo } from '../support/unsubscribe-pages.ts'

describe('the unsubscribe link of a mail', () => {
  let company: Program
  let service: Service
  /** The link as the first recipient got it, under the address where the test reaches the service. */
  let link: string
  beforeAll(async () => {
    company = await openProgram({ rules: { schedule: '0 0 29 2 *' } })
    await insertWarnedCrowd(company, 2)
    const [, started] = await Promise.all([company.runAt(AS_OF), startService(company, { LOG_LEVEL: 'trace' })])
    service = started
    const raw = company.sink.mailsTo('many1@example.com')[0]?.raw.toString() ?? ''
    expect(raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
    link = `${service.url}/unsubscribe/${tokenTo(company.sink, 'many1@example.com')}`
  })
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
    await company[Symbol.asyncDispose]()
  })

  const unsubscribed = () => company.database.sql('SELECT contact_id, account_id FROM reminders.unsubscriptions')

  test('When a scanner follows it, it shows a page with a button, and changes nothing', async () => {
    const page = await fetch(link)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self'")
    expect(policy).toMatch(/style-src 'sha256-[\w+/]{43}='/)
    expect(policy).not.toMatch(/script-src|unsafe/)
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('set-cookie')).toBeNull()
    // Of a whole host and all below it: not for a page of it to say.
    expect(page.headers.get('strict-transport-security')).toBeNull()
    expect(page.headers.get('cache-control')).toBe('no-store')
    const html = await page.text()
    expect(html).toMatch(/<form method="post">[\s\S]+<button type="submit">/)
    expect(html).not.toMatch(/<script|style=|https?:\/\/|many/)

    const head = await fetch(link, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    // A program may have put a slash behind it.
    expect((await fetch(`${link}/`)).status).toBe(200)
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await fetch(link, { method })).status, method).toBe(404)
    expect(await unsubscribed()).toEqual([])
  })

  test('When the link is not ours, it is refused, whoever it names, in the same words', async () => {
    const token = link.split('/').at(-1) ?? ''
    const old = Buffer.from(JSON.stringify(['many_con_2', 'many_acc_2'])).toString('base64url')
    const other = { contactId: 'many_con_2', accountId: 'many_acc_2', addressHash: null, locale: null }
    const forged = [
      ...[
        `1.${old}.${'A'.repeat(22)}`,
        `1.${old}.`,
        `${token}x`,
        token.slice(0, -1),
        token.slice(1),
        `3${token.slice(1)}`,
      ],
      ...['x', '%E0%A4%A', `${'x'.repeat(5000)}`],
      signUnsubscribeToken(other, `${SECRETS.link}?`),
      signUnsubscribeToken({ ...other, contactId: 'nobody', accountId: 'nowhere' }, 'another-secret-altogether'),
    ]
    const words = new Set<string>()
    for (const each of forged) {
      const url = `${service.url}/unsubscribe/${each}`
      for (const response of [await fetch(url), await fetch(url, ONE_CLICK)]) {
        expect(response.status, each).toBe(404)
        words.add(await response.text())
      }
    }
    expect(words.size).toBe(1)
    expect((await fetch(`${service.url}/unsubscribe/`)).status).toBe(404)
    expect(await unsubscribed()).toEqual([])
  })

  test('When clicked, it answers 200 as often as one likes, and later sweeps leave that contact alone', async () => {
    for (const attempt of [1, 2]) {
      const response = await fetch(link, { ...ONE_CLICK, redirect: 'manual' })
      expect(response.status, `click ${attempt}`).toBe(200)
      expect(await response.text()).toContain('The reminders are stopped')
    }
    // A mail client may send the form in parts, and the button of an older page sends nothing.
    const parts = new FormData()
    parts.set('List-Unsubscribe', 'One-Click')
    expect((await fetch(link, { method: 'POST', body: parts })).status).toBe(200)
    expect((await fetch(link, { method: 'POST' })).status).toBe(200)
    // Nor may one be lost because it says too much.
    const long = new URLSearchParams({ action: 'undo', more: 'x'.repeat(20_000) })
    expect(await (await fetch(link, { method: 'POST', body: long })).text()).toContain('The reminders are stopped')
    const broken = { method: 'POST', headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--y' }
    expect((await fetch(link, broken)).status).toBe(200)
    expect(await unsubscribed()).toEqual([{ contact_id: 'many_con_1', account_id: 'many_acc_1' }])

    const later = '2026-05-29T00:00:00Z'
    const { skipped } = await company.dryRunAt(later)
    expect(skipped).toEqual([{ grant: 'many_cg_1', account: 'many_acc_1', reason: 'unsubscribed' }])
    await company.runAt(later)
    expect(company.sink.mailsTo('many1@example.com')).toHaveLength(1)
    expect(company.sink.mailsTo('many2@example.com')).toHaveLength(2)
  })

  test('When the opt-out cannot be written down, nobody is told that it was', async () => {
    await company.database.sql('ALTER TABLE reminders.unsubscriptions RENAME TO hidden')
    try {
      const response = await fetch(link, ONE_CLICK)
      expect(response.status).toBe(503)
      expect(await response.text()).toContain('Please try again')
    } finally {
      await company.database.sql('ALTER TABLE reminders.hidden RENAME TO unsubscriptions')
    }
    expect((await fetch(link, ONE_CLICK)).status).toBe(200)
  })

  test('When health is asked for, the answer is not for keeping', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(`${service.url}${path}`)
      expect([response.status, response.headers.get('cache-control')], path).toEqual([200, 'no-store'])
    }
  })

  test('When a path leads out of the pages that a proxy publishes, there is nothing there', async () => {
    for (const path of ['..', '%2e%2E', '.%2e', '%2e/%2e%2e']) {
      const { host } = new URL(service.url)
      const status = await statusOf(host, `/unsubscribe/${path}/healthz`)
      expect(status, path).toBe(404)
    }
    expect(await statusOf(new URL(service.url).host, '/healthz')).toBe(200)
  })

  test('When another page is asked for, there is none', async () => {
    for (const path of ['/', '/unsubscribe', '/admin', '/healthz/x']) {
      expect((await fetch(`${service.url}${path}`)).status, path).toBe(404)
    }
  })

  test('When the service is told to stop, whoever asked before that is answered', async () => {
    const { db, sql } = company.database
    const waiting = `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = 'reminders.unsubscriptions'::regclass`
    const [asked] = await db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe('LOCK TABLE reminders.unsubscriptions')
        const asked = fetch(link, ONE_CLICK)
        await eventually(async () => expect(await sql(waiting)).toEqual([{ count: 1 }]))
        service.kill('SIGTERM')
        await service.said(/"msg":"stopping: /)
        return [asked]
      },
      { timeout: 60_000 },
    )
    expect((await asked)?.status).toBe(200)
    expect((await service.ended()).code).toBe(0)
  })
})

/** Asks for a path as it stands: `fetch` would make it straight. */
async function statusOf(host: string, path: string): Promise<number | undefined> {
  const [hostname, port] = host.split(':')
  const [response] = (await once(get({ hostname, port, path, agent: false }), 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}
