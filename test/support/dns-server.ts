import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TxtRecords } from './signing.ts'

/** A DNS server on loopback that knows some TXT records, and of every other name that it is not there. */
export type DnsServer = AsyncDisposable & Readonly<{ address: string; asked: readonly string[] }>

/** RFC 1035, 4.1.1: an answer, recursion available; and what else it may say. */
const ANSWER = 0x8180
const RCODES = { found: 0, 'server-failure': 2, 'not-there': 3 } as const
const TXT = 16
const INTERNET = 1
const TTL_S = 60
const HEADER_BYTES = 12
/** RFC 1035, 3.3: a character string has one byte for its length. */
const PIECE_BYTES = 255

/** @param records `failing`: the server says of every name that it cannot tell */
export async function startDnsServer(
  records: TxtRecords | 'failing' | Readonly<Record<string, readonly string[]>>,
): Promise<DnsServer> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query)
    asked.push(name)
    const found = records === 'failing' ? 'failing' : type === TXT ? [records[name] ?? []].flat() : []
    socket.send(reply(query.subarray(0, end), found), peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((closed) => socket.close(closed)),
  }
}

/** What is asked for, and where the question ends. */
function readQuestion(query: Buffer): Readonly<{ name: string; type: number; end: number }> {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 1 + 2 + 2 }
}

function reply(question: Buffer, found: readonly string[] | 'failing'): Buffer {
  const texts = found === 'failing' ? [] : found
  const rcode = found === 'failing' ? 'server-failure' : texts.length > 0 ? 'found' : 'not-there'
  const head = Buffer.from(question)
  head.writeUInt16BE(ANSWER | RCODES[rcode], 2)
  for (const [index, count] of [1, texts.length, 0, 0].entries()) head.writeUInt16BE(count, 4 + 2 * index)
  return Buffer.concat([head, ...texts.map(txtRecord)])
}

function txtRecord(text: string): Buffer {
  const pieces = text.match(new RegExp(`.{1,${PIECE_BYTES}}`, 'gs')) ?? ['']
  const data = Buffer.concat(
    pieces.map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece, 'latin1')])),
  )
  const head = Buffer.alloc(12)
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0)
  head.writeUInt16BE(TXT, 2)
  head.writeUInt16BE(INTERNET, 4)
  head.writeUInt32BE(TTL_S, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}
