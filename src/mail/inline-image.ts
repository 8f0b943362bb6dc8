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

/** A mail's page as it shows without the mail around it: its pictures stand in it, in the place of their Content-IDs. */
export function withPicturesInside(html: string, images: readonly InlineImage[]): string {
  return images.reduce(
    (page, { cid, contentType, content }) =>
      page.replaceAll(`cid:${cid}`, `data:${contentType};base64,${Buffer.from(content).toString('base64')}`),
    html,
  )
}
