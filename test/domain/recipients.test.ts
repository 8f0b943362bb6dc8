import { describe, expect, it } from 'vitest'
import {
  type AllowedRecipients,
  describeAllowed,
  isAllowed,
  parseAllowedRecipients,
} from '../../src/domain/recipients.ts'

const list = (text: string) => parseAllowedRecipients(text) as AllowedRecipients

describe('the recipients that are allowed', () => {
  it('are everybody where there is no list', () => {
    expect(isAllowed('ana@example.com', null)).toBe(true)
  })

  it.each([
    ['qa@example.com', 'qa@example.com', true],
    ['qa@example.com', 'QA@Example.COM', true],
    ['QA@EXAMPLE.com', 'qa@example.com', true],
    ['qa@example.com', 'ana@example.com', false],
    ['qa@example.com', 'qa+more@example.com', false],
    ['qa@example.com', 'q.a@example.com', false],
    ['@example.org', 'ana@EXAMPLE.org', true],
    ['@example.org', 'ana@mail.example.org', false],
    ['@example.org', 'ana@notexample.org', false],
    ['@example.org', 'ana@example.org.evil.example', false],
    ['@mail.example.org', 'ana@example.org', false],
    ['@bücher.example', 'ana@xn--bcher-kva.example', true],
    ['@xn--bcher-kva.example', 'ana@BÜCHER.example', true],
    ['аня@пример.example', 'АНЯ@пример.example', true],
    [' qa@example.com ,\t@example.org ', 'ana@example.org', true],
    ['@example.org, @example.org', 'ana@example.org', true],
    ['@example.org', '', false],
    ['@example.org', 'example.org', false],
    ['somebody@example.org', 'ana@example.org', false],
  ])('of the list %j: %s is %s', (text, address, expected) => {
    expect(isAllowed(address, list(text))).toBe(expected)
  })

  it.each([
    ['example.org', [1]],
    ['qa@example.com,', [2]],
    [',', [1, 2]],
    ['@', [1]],
    ['*@example.org', [1]],
    ['@*.example.org', [1]],
    ['@example', [1]],
    ['qa@example.com; ana@example.com', [1]],
    ['@a@example.org', [1]],
    ['QA <qa@example.com>', [1]],
    ['qa@example.com, @example.org, nobody, @ex ample.org', [3, 4]],
  ])('of the text %j, the entries %j are faulty', (text, faultyEntries) => {
    expect(parseAllowedRecipients(text)).toEqual({ faultyEntries })
  })

  it.each([
    ['qa@example.com', '1 address'],
    ['@example.org,@example.net', '2 domains'],
    ['qa@example.com,QA@example.com,di@example.com,@example.org', '2 addresses and 1 domain'],
  ])('are told by their number, not by their names: %s', (text, words) => {
    expect(describeAllowed(list(text))).toBe(
      `ALLOWED_RECIPIENTS is set: mail goes to ${words} only, and is withheld from everybody else`,
    )
  })
})
