import { describe, expect, test } from 'vitest'
import { canonicalLocale, languageFor, lookupChain } from '../../src/domain/locale.ts'

const LANGUAGES = 'ar de en es fa fr he hi id it ja ko nl pl pt-BR ru th tr uk zh-Hans'.split(' ')

describe('the language for a reader', () => {
  test.each([
    // The reader's own, or a less specific one.
    ['de', 'de'],
    ['de-AT', 'de'],
    ['pt-BR', 'pt-BR'],
    ['zh-Hans-HK', 'zh-Hans'],
    ['ar-u-nu-latn', 'ar'],
    ['en-GB-oxendict', 'en'],
    // By likely subtags: the same language in the same script.
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['pt-AO', 'pt-BR'],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['zh-SG', 'zh-Hans'],
    // Codes of old.
    ['iw', 'he'],
    ['iw-IL', 'he'],
    ['in', 'id'],
    // Another script, or another language, is not understood.
    ['zh-TW', null],
    ['zh-HK', null],
    ['zh-MO', null],
    ['zh-Hant', null],
    ['zh-Hant-CN', null],
    ['yue', null],
    ['nb', null],
    ['no', null],
    ['de-Hebr', null],
    ['und', null],
    ['qaa', null],
  ])('of %s is %s', (reader, language) => {
    expect(languageFor(canonicalLocale(reader) ?? '', LANGUAGES)).toBe(language)
  })

  test('of Taiwan is not Chinese in simplified characters, whatever its file is called', () => {
    expect(languageFor('zh-TW', ['en', 'zh'])).toBeNull()
    expect(languageFor('zh-CN', ['en', 'zh'])).toBe('zh')
  })

  test('is the reader’s region’s where there is one', () => {
    expect(languageFor('pt-PT', ['pt-BR', 'pt-PT'])).toBe('pt-PT')
    expect(languageFor('zh-TW', ['zh-Hans', 'zh-Hant'])).toBe('zh-Hant')
  })
})

test.each([
  ['pt-BR', ['pt-BR', 'pt']],
  ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant', 'zh']],
])('%s is looked up as %j', (tag, chain) => {
  expect(lookupChain(tag)).toEqual(chain)
})

test.each([
  ['EN-gb', 'en-GB'],
  ['iw', 'he'],
  ['zh-hans-cn', 'zh-Hans-CN'],
  ['pt_BR', null],
  ['', null],
  ['Deutsch!', null],
])('%j in its canonical spelling is %j', (text, canonical) => {
  expect(canonicalLocale(text)).toBe(canonical)
})
