import { expect, test } from 'vitest'
import { tokenOfSubject, unsubscribeMailto, unsubscribeUrl } from '../../src/mail/unsubscribe-links.ts'

const TOKEN = `2${'Ab-_09'.repeat(18)}`

test('A link stands below the address of the service, wherever that is', () => {
  const url = unsubscribeUrl('https://example.com/reminders', TOKEN)
  expect(url).toBe(`https://example.com/reminders/unsubscribe/${TOKEN}`)
  expect(new URL(url).href).toBe(url)
})

test.each([
  ['bounces@example.com', 'bounces@example.com'],
  ['b+i/o%?&@bücher.example', 'b+i%2Fo%25%3F%26@xn--bcher-kva.example'],
])('A mail to %s asks the same, by its subject', (mailbox, written) => {
  const mailto = unsubscribeMailto(mailbox, unsubscribeUrl('https://example.com', TOKEN))
  expect(mailto).toBe(`mailto:${written}?subject=unsubscribe%20${TOKEN}`)
  expect(tokenOfSubject(new URL(mailto).searchParams.get('subject') ?? '')).toBe(TOKEN)
})

test.each([
  [`Unsubscribe  ${TOKEN} `, TOKEN],
  [`Re: unsubscribe ${TOKEN}`, null],
  [`unsubscribe ${TOKEN} (automatic reply)`, null],
  [`unsubscribe${TOKEN}`, null],
  ['unsubscribe', null],
  [TOKEN, null],
  ['', null],
])('The subject %j asks for %j', (subject, token) => {
  expect(tokenOfSubject(subject)).toBe(token)
})
