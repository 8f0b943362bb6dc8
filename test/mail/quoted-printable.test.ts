import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { expect, test } from 'vitest'
import { quotedPrintable } from '../../src/mail/quoted-printable.ts'

test.each([
  ['letters and signs as they are', 'It is $18.00 - <b>now</b>.', 'It is $18.00 - <b>now</b>.'],
  ['the sign of encoding, encoded', 'a=b', 'a=3Db'],
  ['other scripts as their bytes', 'ñ€😀', '=C3=B1=E2=82=AC=F0=9F=98=80'],
  ['line ends as they are', 'a\r\n\r\nb\r\n', 'a\r\n\r\nb\r\n'],
  ['blanks at the end of a line, encoded', 'a \r\nb\t\r\n-- \r\nc ', 'a=20\r\nb=09\r\n--=20\r\nc=20'],
  ['a lone line end, encoded', 'a\nb\rc', 'a=0Ab=0Dc'],
  ['a line of 75, whole', `${'x'.repeat(75)}\r\n`, `${'x'.repeat(75)}\r\n`],
  ['a longer one, softly broken', 'x'.repeat(76), `${'x'.repeat(75)}=\r\nx`],
  ['no character in two', `${'x'.repeat(70)}é`, `${'x'.repeat(70)}=\r\n=C3=A9`],
])('It writes %s', (_what, text, encoded) => {
  expect(quotedPrintable(text)).toBe(encoded)
})

test('Whatever is written is read as it was, from lines that are short enough', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom('\r\n', ' ', '\t', '=', 'نص عربي طويل ', '日本語の文章', 'x'.repeat(74), '.\r\n', ' \r\n'),
  )
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('').replace(/\r\n|[\r\n\0]/g, '\r\n'))
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const encoded = quotedPrintable(written)
      expect(encoded).toMatch(/^[\t\r\n -~]*$/)
      expect(encoded.split('\r\n').filter((line) => line.length > 76 || /[ \t]$/.test(line))).toEqual([])
      const head = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
      const { text: read = '' } = await PostalMime.parse(head + encoded)
      expect(read.replace(/\r?\n/g, '\r\n').trimEnd()).toBe(written.toWellFormed().trimEnd())
    }),
    { seed: 20_261_125 },
  )
})
