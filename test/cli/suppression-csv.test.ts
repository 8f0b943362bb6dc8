import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { csvHeader, csvLines, readSuppressionCsv } from '../../src/cli/suppression-csv.ts'

const hashOf = (normalised: string) => createHash('sha256').update(normalised).digest('hex')
const read = (text: string | Uint8Array) => readSuppressionCsv(Readable.from([Buffer.from(text)]))

describe('a list as CSV', () => {
  test('may have a byte order mark, CRLF, blank lines, quotes, spaces and columns of its own', async () => {
    const text = [
      '\ufeffName, Address ,SCOPE,Created_At,Reason,source',
      '"Ana, of ""Acme""", ANA@Bücher.example ,warnings,2026-01-02T03:04:05+01:00,complaint,"list of\r\n2025"',
      '',
      'Bob,bob@example.com,,,,by cy@example.com',
      '"",dan@example.com,"","","",',
    ].join('\r\n')
    expect(await read(text)).toEqual({
      entries: [
        {
          addressHash: hashOf('ana@xn--bcher-kva.example'),
          reason: 'complaint',
          scope: 'warnings',
          source: 'list of\r\n2025',
          createdAt: new Date('2026-01-02T02:04:05Z'),
        },
        { addressHash: hashOf('bob@example.com'), reason: 'manual', scope: 'all', source: 'by ***@example.com' },
        { addressHash: hashOf('dan@example.com'), reason: 'manual', scope: 'all', source: 'suppress import' },
      ],
      faults: [],
      unused: ['name'],
    })
  })

  test('may hold hashes, in letters of either case', async () => {
    const hash = hashOf('ana@example.com')
    const { entries } = await read(`address,address_hash\n,${hash.toUpperCase()}\nANA@example.com,${hash}\n`)
    expect(entries.map(({ addressHash }) => addressHash)).toEqual([hash, hash])
  })

  test('has each bad line named, with all that is wrong in it', async () => {
    const text = [
      'address,address_hash,reason,scope,source,created_at',
      'ana@example.com,,,,,',
      'ana@example,,,,,',
      ',,,,,',
      `bob@example.com,${hashOf('ana@example.com')},,,,`,
      ',1234,,,,',
      'bob@example.com,,spam,warning,,2026-01-02',
      'bob@example.com,,,',
      `bob@example.com,,,,${'x'.repeat(201)},0000-01-01T00:00:00Z`,
      '"bob@example.com',
      'cy@example.com",,,,,',
    ].join('\n')
    const { entries, faults } = await read(text)
    expect(entries.map(({ addressHash }) => addressHash)).toEqual([hashOf('ana@example.com')])
    expect(faults).toEqual([
      'line 3: address is no mail address',
      'line 4: has neither address nor address_hash',
      'line 5: address and address_hash are not of the same address',
      'line 6: address_hash is no SHA-256 in hex, which has 64 digits',
      'line 7: reason is none of recipient-refused, bounced, complaint, manual, unsubscribed; scope is none of all, warnings; created_at is no time with a zone such as 2026-11-24T09:00:00Z',
      'line 8: has 4 fields where the header has 6',
      'line 9: source has more than 200 characters; created_at is before 1970',
      'line 11: address is no mail address',
    ])
  })

  test.each([
    ['it is empty', '', 'the file is empty; its first line names the columns: address, …'],
    ['it has no header', 'ana@example.com\n', 'line 1 names no column address or address_hash'],
    ['it is separated by semicolons', 'address;scope\n', 'columns are separated by commas'],
    ['it names a column twice', 'address,address\n', 'line 1 names the column address twice; leave one of them out'],
    ['a quote is not closed', 'address\n"ana@example.com\n', 'its quotes do not match'],
    [
      'a quote stands within a field',
      'address\nbob@example.com\nana"@example.com\n',
      'line 3: its quotes do not match',
    ],
    ['a quote takes in all the rest', `address\n"${'ana@example.com\n'.repeat(5000)}`, 'is a quote not closed?'],
    ['it is no text', new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x00, 0x0a]), 'line 1 names no column'],
  ])('is not read where %s, and one line says so without an address', async (_, text, message) => {
    const reading = read(text)
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.not.toThrow(/ana@|\n/)
  })

  test('that was written by us is read as it was, whatever its sources say', async () => {
    const sources = ['mail 1', 'said "no, thanks", twice;\n=1+1', ' indented ', "'quoted'", 'Zürich; 東京']
    const list = sources.map((source, index) => ({
      addressHash: hashOf(source),
      reason: 'bounced' as const,
      scope: 'warnings' as const,
      source: source.trim(),
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 0, index)),
    }))
    expect(await read(csvHeader() + csvLines(list))).toEqual({ entries: list, faults: [], unused: [] })
  })
})
