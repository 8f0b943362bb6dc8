import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BillingFacts, billingLink } from '../../src/domain/billing-link.ts'

const FACTS: BillingFacts = { account: 'acc_1', contact: 'con_1', grant: 'cg_1', category: 'warning' }
const ADDRESS = 'https://example.com/orgs/{account}/billing?by={contact}&about={grant}#{category}'

const linkFor = (account: string) =>
  billingLink('https://example.com/orgs/{account}/billing?id={account}', { ...FACTS, account })

describe('A link to the billing page', () => {
  test('carries who and what where the company wants it', () => {
    expect(billingLink(ADDRESS, FACTS)).toBe('https://example.com/orgs/acc_1/billing?by=con_1&about=cg_1#warning')
  })

  test('without placeholders is the address as it is', () => {
    expect(billingLink('https://example.com/billing?a=%7B', FACTS)).toBe('https://example.com/billing?a=%7B')
    expect(billingLink(null, FACTS)).toBeNull()
  })

  test.each([
    ['a/b?c=d&e#f', 'a%2Fb%3Fc%3Dd%26e%23f'],
    ['a b+c%20', 'a%20b%2Bc%2520'],
    ['"><script>', '%22%3E%3Cscript%3E'],
    ["it's (1)*!", 'it%27s%20%281%29%2A%21'],
    ['\r\nBcc: x', '%0D%0ABcc%3A%20x'],
    ['\\..\\', '%5C..%5C'],
    ['{grant}', '%7Bgrant%7D'],
    ['$&$1', '%24%26%241'],
    ['müller', 'm%C3%BCller'],
    ['half \ud83d', 'half%20%EF%BF%BD'],
    ['__proto__', '__proto__'],
  ])('has %j as one part of it', (account, written) => {
    expect(linkFor(account)).toBe(`https://example.com/orgs/${written}/billing?id=${written}`)
  })

  test.each(['ana@example.com', 'x@y', '..', '.', ''])(
    'leaves out %j: a mail address, a step of a path, nothing',
    (account) => {
      expect(linkFor(account)).toBe('https://example.com/orgs//billing?id=')
    },
  )

  test('leads to the same page of the same host, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (account) => {
        const link = linkFor(account)
        const url = new URL(link)
        expect(url.href).toBe(link)
        expect([url.origin, url.pathname.split('/').length]).toEqual(['https://example.com', 4])
        expect([...url.searchParams.keys()]).toEqual(['id'])
        const isLeftOut = account.includes('@') || ['.', '..'].includes(account)
        expect(url.searchParams.get('id')).toBe(isLeftOut ? '' : account.toWellFormed())
      }),
    )
  })
})
