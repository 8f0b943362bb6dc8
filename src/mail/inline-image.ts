/** A picture that a mail brings along, and its page names by `cid:` (RFC 2392). */
export type InlineImage = Readonly<{
  /** The part's Content-ID, without brackets. */
  cid: string
  /** `image/png`. */
  contentType: string
  /** In ASCII, without quotes. */
  filename: string
  content: Uint8Array
}>
