import { hash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { SendOutcome } from '../domain/smtp-verdict.ts'
import type { MailContent } from './content.ts'
import type { Sent } from './transport.ts'

/** A message as it was handed over, fit to be kept. */
export type MailCopy = Readonly<{
  /** SHA-256 of the whole message, in hex. */
  sourceHash: string
  /** Octets of the whole message. */
  sourceBytes: number
  /** The message as a Zstandard frame (RFC 8878); null where only its hash is kept. */
  source: Buffer | null
  /** What it was compressed with; null for without. */
  dictionaryId: number | null
}>

/** What came of a mail, and a copy of it where it may have arrived. */
export type HandedOver = SendOutcome & Readonly<{ copy: MailCopy | null }>

/** What mails of one kind and language have in common: with it, a copy takes a tenth of the room, and half the time. */
export type CopyDictionary = Readonly<{ id: number; content: Buffer }>

/** Makes the copy of a mail that the ledger keeps. */
export type Copier = Readonly<{
  /** To be called before the mail leaves: what is not there yet is made, and may take the database. */
  prepare: (content: MailContent) => Promise<CopyDictionary | null>
  /** Null where the server certainly has not got the mail. */
  copy: (sent: Sent, dictionary: CopyDictionary | null) => MailCopy | null
}>

const CHUNK_BYTES = 4096
const LEAST_WINDOW_LOG = 16
/** A fourth of a table's usual size: of what mails have in common, each piece is long. */
const TABLE_BELOW_WINDOW_LOG = 4

/**
 * At once, not on a thread: a mail takes some 40 µs, and to hand it to a thread of Node's pool takes longer. The tables
 * are kept small, because making them takes most of that; but the window reaches over mail and dictionary, which hold a
 * company's logo.
 */
function quickly(bytes: number) {
  const windowLog = Math.max(LEAST_WINDOW_LOG, Math.ceil(Math.log2(bytes)))
  return {
    chunkSize: CHUNK_BYTES,
    params: {
      [constants.ZSTD_c_compressionLevel]: 1,
      [constants.ZSTD_c_windowLog]: windowLog,
      [constants.ZSTD_c_hashLog]: windowLog - TABLE_BELOW_WINDOW_LOG,
    },
  }
}

/** @param keeping what to compress it with; null keeps the hash alone */
export function copyOf(source: Buffer, keeping: Readonly<{ dictionary: CopyDictionary | null }> | null): MailCopy {
  const facts = { sourceHash: sourceHashOf(source), sourceBytes: source.length }
  if (keeping === null) return { ...facts, source: null, dictionaryId: null }
  const { dictionary } = keeping
  if (dictionary === null) {
    return { ...facts, source: zstdCompressSync(source, quickly(source.length)), dictionaryId: null }
  }
  const options = quickly(source.length + dictionary.content.length)
  const compressed = zstdCompressSync(source, { ...options, dictionary: dictionary.content })
  return { ...facts, source: compressed, dictionaryId: dictionary.id }
}

/** By which a message is known, whatever becomes of its copy. */
function sourceHashOf(source: Buffer): string {
  return hash('sha256', source, 'hex')
}

/** Far above any mail: whoever writes to the ledger must not be able to fill the memory of who reads it. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024

/**
 * The message of a copy. Null where it is no more what was kept: it cannot be read, or its hash is another.
 *
 * @param dictionary what it was compressed with
 */
export function sourceOfCopy(
  { source, sourceHash }: Readonly<{ source: Uint8Array; sourceHash: string }>,
  dictionary: Uint8Array | null,
): Buffer | null {
  try {
    const message = zstdDecompressSync(source, {
      maxOutputLength: MAX_SOURCE_BYTES,
      ...(dictionary !== null && { dictionary }),
    })
    return sourceHashOf(message) === sourceHash ? message : null
  } catch {
    return null
  }
}

/** A dictionary as it is kept. */
export function packedDictionary(content: Buffer): Readonly<{ hash: string; content: Buffer }> {
  return { hash: sourceHashOf(content), content: zstdCompressSync(content) }
}

/** A dictionary as it is used; null where it cannot be read. */
export function unpackedDictionary(content: Uint8Array): Buffer | null {
  try {
    return zstdDecompressSync(content, { maxOutputLength: MAX_SOURCE_BYTES })
  } catch {
    return null
  }
}
