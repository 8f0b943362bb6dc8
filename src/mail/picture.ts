/** A picture by what its bytes say, whatever its file is called; in its own pixels. */
export type Picture = Readonly<{ contentType: 'image/png' | 'image/jpeg'; width: number; height: number }>

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Of the header chunk, which is the first: its name, then width and height (PNG Specification, 11.2.2). */
const PNG_NAME_AT = 12
const PNG_WIDTH_AT = 16
const PNG_HEADER_BYTES = 24

/** @returns null where the bytes are neither PNG nor JPEG, or too few to tell the size */
export function readPicture(bytes: Buffer): Picture | null {
  const picture = readPng(bytes) ?? readJpeg(bytes)
  return picture !== null && picture.width > 0 && picture.height > 0 ? picture : null
}

function readPng(bytes: Buffer): Picture | null {
  if (bytes.length < PNG_HEADER_BYTES || !bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return null
  if (bytes.toString('latin1', PNG_NAME_AT, PNG_WIDTH_AT) !== 'IHDR') return null
  return {
    contentType: 'image/png',
    width: bytes.readUInt32BE(PNG_WIDTH_AT),
    height: bytes.readUInt32BE(PNG_WIDTH_AT + 4),
  }
}

const JPEG_START = 0xffd8
/** Frame headers (ITU-T T.81, table B.1): all of C0 to CF but the tables C4, C8 and CC. */
const isFrameHeader = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
/** Marker, length, precision, height, width. */
const FRAME_HEADER_BYTES = 9

function readJpeg(bytes: Buffer): Picture | null {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== JPEG_START) return null
  for (let at = 2; at + FRAME_HEADER_BYTES <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (isFrameHeader(marker)) {
      return { contentType: 'image/jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
    // Fill bytes (T.81, B.1.1.2) stand alone; every other segment before the frame has a length.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2)
  }
  return null
}
