import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CsvRecord, csvRecords } from '../../src/jobs/import/csv-records.ts'
import { firstLineWhole } from '../../src/jobs/import/first-line.ts'
import { checkedText } from '../../src/jobs/import/text.ts'

/** The records of a text that comes in pieces, cut anywhere, also within a character. */
async function recordsOf(bytes: Buffer, cuts: readonly number[]): Promise<readonly CsvRecord[]> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
  const records: CsvRecord[] = []
  for await (const some of csvRecords(firstLineWhole(checkedText(Readable.from(pieces))))) records.push(...some)
  return records
}

test('each record is read whole, with the line that an editor shows it on, however the file comes in', async () => {
  const field = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0') && !text.includes('\r')),
    fc.constantFrom('', 'two\nlines', 'two\r\nlines\r\n', 'a "quote"', ',', 'é', '\ud83d\udcb3', '\n\n'),
  )
  const record = fc.tuple(field, field).filter((fields) => fields.some((text) => text !== ''))
  const records = fc.array(record, { minLength: 1, maxLength: 6 })
  const lineEnds = fc.constantFrom('\n', '\r\n', '\n\n', '\n\r\n')
  const form = fc.record({ start: fc.constantFrom('', '\n', '\r\n\n'), delimiter: fc.constantFrom(',', ';', '\t') })
  await fc.assert(
    fc.asyncProperty(form, records, fc.array(lineEnds), fc.array(fc.nat()), async (form, given, ends, cuts) => {
      const { start, delimiter } = form
      let text = `${start}id${delimiter}name\n`
      const expected: CsvRecord[] = [{ line: start.split('\n').length, fields: ['id', 'name'] }]
      for (const [index, fields] of given.entries()) {
        expected.push({ line: text.split('\n').length, fields })
        text += stringify([fields], { delimiter, quoted: true, record_delimiter: ends[index] ?? '\n' })
      }
      expect(await recordsOf(Buffer.from(text), cuts)).toEqual(expected)
    }),
  )
})

test('a byte that is not UTF-8 is found where it is, wherever the file is cut', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0') && !value.includes('"'))
  await fc.assert(
    fc.asyncProperty(text, text, fc.array(fc.nat()), async (before, after, cuts) => {
      const start = Buffer.from(`id,name\n${before}`)
      const bytes = Buffer.concat([start, Buffer.from([0xff]), Buffer.from(after)])
      const error = await recordsOf(bytes, cuts).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        faults: [
          {
            line: start.toString().split('\n').length,
            words: expect.stringContaining(`offset ${start.length} (0xFF)`),
          },
        ],
      })
    }),
  )
})
