/** Whom an unsubscribe link speaks for. */
export type UnsubscribeTarget = Readonly<{
  contactId: string
  accountId: string
  /**
   * SHA-256 of the normalised address that the mail went to, in hex; null in a link of the first version, and in a mail
   * that went to nobody: such a link can speak for the account only.
   */
  addressHash: string | null
  /** BCP 47, the mail's own: its page is in the reader's language. Null where it is not known. */
  locale: string | null
}>

const HASH_BYTES = 32
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const UUID_BYTES = 16
/** Stand in the place of a text's length, which is below them. */
const IS_UUID = 255
const HAS_LONG_LENGTH = 254
const LONG_LENGTH_BYTES = 2

/**
 * A target in as few bytes as may be, because it ends up in a link: whether there is a hash, and the hash, then each text
 * with its length before it. An id that is a UUID, as most are, takes 17 bytes.
 */
export function packTarget({ contactId, accountId, addressHash, locale }: UnsubscribeTarget): Uint8Array {
  return Buffer.concat([
    Buffer.from([addressHash === null ? 0 : 1]),
    Buffer.from(addressHash ?? '', 'hex'),
    packText(locale ?? ''),
    packText(contactId),
    packText(accountId),
  ])
}

/** The target that was packed so. It is asked only for what we packed. */
export function unpackTarget(bytes: Uint8Array): UnsubscribeTarget {
  const hasHash = bytes[0] === 1
  const textsAt = hasHash ? 1 + HASH_BYTES : 1
  const [locale = '', contactId = '', accountId = ''] = unpackTexts(Buffer.from(bytes.subarray(textsAt)))
  return {
    contactId,
    accountId,
    addressHash: hasHash ? Buffer.from(bytes.subarray(1, textsAt)).toString('hex') : null,
    locale: locale === '' ? null : locale,
  }
}

function packText(text: string): Buffer {
  if (UUID.test(text)) return Buffer.from(`ff${text.replaceAll('-', '')}`, 'hex')
  const bytes = Buffer.from(text)
  if (bytes.length < HAS_LONG_LENGTH) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const head = Buffer.alloc(1 + LONG_LENGTH_BYTES)
  head.writeUInt8(HAS_LONG_LENGTH)
  head.writeUInt16BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

function unpackTexts(bytes: Buffer): readonly string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const mark = bytes.readUInt8(at)
    at += 1
    if (mark === IS_UUID) {
      const hex = bytes.toString('hex', at, at + UUID_BYTES)
      texts.push(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
      at += UUID_BYTES
      continue
    }
    const length = mark === HAS_LONG_LENGTH ? bytes.readUInt16BE(at) : mark
    if (mark === HAS_LONG_LENGTH) at += LONG_LENGTH_BYTES
    texts.push(bytes.toString('utf8', at, at + length))
    at += length
  }
  return texts
}
