import { type InlineImage, withPicturesInside } from '../mail/inline-image.ts'
import type { Scheme } from './look.ts'

/** Where a frame's scripts are; the mail itself has none, and would not run any. */
export type FrameScripts = Readonly<{ nonce: string; sources: readonly string[] }>

/**
 * A mail as a frame shows it: its pictures in the place of their Content-IDs, its links in new tabs, and in light or dark
 * surroundings, whichever the browser itself is in. A query of the media in the mail is answered here, because no browser
 * lets a page decide it for a frame.
 */
export function framed(
  html: string,
  {
    scheme,
    images,
    scripts,
  }: Readonly<{ scheme: Scheme; images: readonly InlineImage[]; scripts: FrameScripts | null }>,
): string {
  const shown = withPicturesInside(html, images)
  const tags = (scripts?.sources ?? []).map(
    (source) => `<script nonce="${scripts?.nonce}" src="${source}" defer></script>`,
  )
  const other = scheme === 'dark' ? 'light' : 'dark'
  return shown
    .replace(new RegExp(`\\(\\s*prefers-color-scheme\\s*:\\s*${scheme}\\s*\\)`, 'gi'), '(min-width: 0px)')
    .replace(new RegExp(`\\(\\s*prefers-color-scheme\\s*:\\s*${other}\\s*\\)`, 'gi'), '(max-width: 0px)')
    .replace(
      /<\/head>/i,
      () => `<base target="_blank"><style>:root { color-scheme: ${scheme} !important; }</style>${tags.join('')}</head>`,
    )
}
