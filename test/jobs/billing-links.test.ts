import { expect, test } from 'vitest'
import { calendarFilesOf } from '../support/calendar-files.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram } from '../support/program.ts'

const IDS = ['ana', `o'hara "& <b>" ?#/..\\`, 'شركة', '{grant}', 'eve@example.com']

test('The link to the billing page is the same in page, text and calendar file, whoever it is about, and names no mail address', async () => {
  const billingUrl = 'https://acme.example/orgs/{account}/billing?by={contact}&about={grant}&why={category}'
  const policies = { purchased: { warnBefore: ['P7D'], calendar: true } }
  await using program = await openProgram({ rules: { billingUrl, policies } })
  for (const [index, id] of IDS.entries()) {
    const account = { id, name: 'Acme' }
    await insertCustomer(program.database.sql, `c${index}`, {
      account,
      contact: { accountId: id },
      grant: { accountId: id },
    })
  }
  await program.runAt('2026-05-25T12:00:00Z')
  expect(program.sink.mails).toHaveLength(IDS.length)
  for (const mail of program.sink.mails) {
    const index = Number(/c(\d)@/.exec(mail.envelope.to[0] ?? '')?.[1])
    const { html = '', text = '' } = await mail.parsed()
    const link = text.split('\n').find((line) => line.startsWith('https://acme.example/'))
    const url = new URL(link ?? '')
    expect(Object.fromEntries(url.searchParams)).toEqual({ by: `con_c${index}`, about: `cg_c${index}`, why: 'warning' })
    const [, , account, page] = url.pathname.split('/')
    expect([decodeURIComponent(account ?? ''), page]).toEqual([IDS[index]?.includes('@') ? '' : IDS[index], 'billing'])
    const hrefs = [...html.matchAll(/href="(https:\/\/acme\.example\/[^"]*)"/g)].map(([, href]) =>
      href?.replaceAll('&amp;', '&'),
    )
    expect(new Set(hrefs)).toEqual(new Set([link]))
    // Every other address, in the page and in the text, is that of the unsubscribe page: on a configured host, by HTTPS.
    const others = [...html.matchAll(/href="([^"]*)"/g), ...text.matchAll(/(\w+:\/\/\S+)/g)]
      .map(([, address = '']) => address.replaceAll('&amp;', '&'))
      .filter((address) => address !== link)
    expect(others.length).toBeGreaterThan(1)
    for (const address of others) expect(address).toMatch(/^https:\/\/reminders\.acme\.example\/unsubscribe\/[\w.-]+$/)
    const [calendar] = calendarFilesOf(mail.raw)
    expect(calendar?.content.replaceAll('\r\n ', '')).toContain(`URL;VALUE=URI:${link}\r\n`)
    expect(link).not.toMatch(/@|%40/)
  }
})
