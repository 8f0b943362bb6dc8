import { pathToFileURL } from 'node:url'
import open from 'open'
import { note } from './output.ts'

/** Whether somebody sits before this terminal, with a screen that a browser can be shown on. */
export function hasDisplay(): boolean {
  if (process.stdout.isTTY !== true) return false
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return ['darwin', 'win32'].includes(process.platform) || (DISPLAY ?? WAYLAND_DISPLAY ?? '') !== ''
}

/** Opens an address in the person's own browser; where there is none, the address has been printed all the same. */
export async function openInBrowser(url: string): Promise<void> {
  try {
    const child = await open(url)
    child.on('error', () => note('no browser could be opened'))
  } catch {
    note('no browser could be opened')
  }
}

/** Shows a file that was written, where there is a screen to show it on. */
export async function showWritten(file: string): Promise<void> {
  if (hasDisplay()) await openInBrowser(pathToFileURL(file).href)
  else note('there is no screen to show it on: open the file in a browser')
}
