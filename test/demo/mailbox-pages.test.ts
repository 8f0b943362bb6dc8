import { describe, expect, test } from 'vitest'
import type { ReceivedMail } from '../../src/demo/mailbox.ts'
import { mailboxPages } from '../../src/demo/mailbox-pages.ts'

const HOSTILE = `"><script>alert('x')</script>`
const ESCAPED = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;'

const mail: ReceivedMail = {
  number: 1,
  receivedAt: new Date('2026-11-24T09:00:00Z'),
  from: { name: HOSTILE, address: 'billing@example.com' },
  to: { name: HOSTILE, address: 'ana@example.com' },
  subject: HOSTILE,
  preview: HOSTILE,
  html: '<html><head lang="en"><title>Hi</title></head><body><a href="https://example.com">Go</a></body></html>',
  text: HOSTILE,
  source: `Subject: ${HOSTILE}`,
}
const pages = mailboxPages('Acme', [mail, { ...mail, number: 2, to: { name: '', address: 'bob@example.com' } }])
const PATHS = ['/', '/mails/1', '/mails/1/text', '/mails/1/source']

describe('the mailbox', () => {
  test.each(PATHS)('escapes all that others wrote on %s', async (path) => {
    const page = await (await pages.request(path)).text()
    expect(page).toContain(ESCAPED)
    expect(page).not.toContain('<script')
  })

  test.each([...PATHS, '/mails/9'])('lets nothing in or out of %s but its own style and frame', async (path) => {
    const { headers } = await pages.request(path)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'self'; frame-src 'self'; frame-ancestors 'none'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('shows the HTML of a mail in a sandbox, also where it is opened alone', async () => {
    expect(await (await pages.request('/mails/1')).text()).toContain(
      '<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mails/1/body">',
    )
    const { headers } = await pages.request('/mails/1/body')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    )
  })

  test('changes nothing of a mail but where its links open', async () => {
    const shown = await (await pages.request('/mails/1/body')).text()
    expect(shown.replace('<base target="_blank">', '')).toBe(mail.html)
    expect(shown).toContain('<head lang="en"><base target="_blank">')
  })

  test('lists the newest first, a recipient without a name by the address', async () => {
    const page = await (await pages.request('/')).text()
    expect(page.indexOf('href="/mails/2"')).toBeLessThan(page.indexOf('href="/mails/1"'))
    expect(page).toContain('<b><bdi>bob@example.com</bdi></b>')
  })

  test.each(['/mails/3', '/mails/0', '/mails/01', '/mails/1/other', '/mails/3/body', '/other'])(
    'has no page %s',
    async (path) => expect((await pages.request(path)).status).toBe(404),
  )
})
