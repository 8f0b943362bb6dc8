import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { copyOf, packedDictionary, sourceOfCopy, unpackedDictionary } from '../../src/mail/mail-copy.ts'

/** A picture of the largest size that a company's logo may have, as a part of a mail. */
const LOGO = randomBytes(40 * 1024)
  .toString('base64')
  .replace(/.{76}/g, '$&\r\n')
const PAGE = Array.from({ length: 300 }, (_, index) => `<td style="width: ${index % 13}px">${index ** 2}</td>`).join(
  '\r\n',
)

const mailTo = (name: string) => Buffer.from(`To: ${name}\r\n\r\n${PAGE}\r\n${name}\r\n${LOGO}\r\n--\r\n${name}`)
const dictionary = { id: 7, content: mailTo('nobody') }

/** What is left of a copy after it was kept. */
const readBack = (mail: Buffer, kept: Readonly<{ dictionary: typeof dictionary | null }>) => {
  const { source, sourceHash } = copyOf(mail, kept)
  if (source === null) throw new Error('there is no copy')
  return sourceOfCopy({ source, sourceHash }, kept.dictionary?.content ?? null)
}

describe('a copy of a mail', () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['of bytes that are no text', randomBytes(5000)],
    ['with a logo', mailTo('Ana')],
  ])('that is %s comes back as it was, with and without a dictionary', (_what, mail) => {
    expect(readBack(mail, { dictionary })?.equals(mail)).toBe(true)
    expect(readBack(mail, { dictionary: null })?.equals(mail)).toBe(true)
  })

  test('takes little room, however large the logo that all mails have', () => {
    const copy = copyOf(mailTo('Ana'), { dictionary })
    expect([copy.source?.length, copy.dictionaryId, copy.sourceBytes]).toEqual([
      expect.closeTo(0, -3),
      7,
      mailTo('Ana').length,
    ])
  })

  test('that was changed, or has lost its dictionary, is none', () => {
    const { source, sourceHash } = copyOf(mailTo('Ana'), { dictionary })
    const other = copyOf(mailTo('Bob'), { dictionary }).source
    for (const changed of [other, source?.subarray(1), source?.subarray(0, -1), Buffer.alloc(0), Buffer.from('text')]) {
      expect(sourceOfCopy({ source: changed ?? Buffer.alloc(0), sourceHash }, dictionary.content)).toBeNull()
    }
    for (const lost of [null, mailTo('somebody else')]) {
      expect(sourceOfCopy({ source: source ?? Buffer.alloc(0), sourceHash }, lost)).toBeNull()
    }
  })

  test('cannot fill the memory of who reads it', () => {
    const bomb = zstdCompressSync(Buffer.alloc(65 * 1024 * 1024))
    expect(sourceOfCopy({ source: bomb, sourceHash: '' }, null)).toBeNull()
  })
})

test('a dictionary comes back as it was, and is known by its content alone', () => {
  const packed = packedDictionary(dictionary.content)
  expect(unpackedDictionary(packed.content)?.equals(dictionary.content)).toBe(true)
  expect(packed.hash).toBe(packedDictionary(mailTo('nobody')).hash)
  expect(unpackedDictionary(Buffer.from('text'))).toBeNull()
})
