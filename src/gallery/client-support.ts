import { isInstalled } from './installed.ts'

/** The programs that most mails are read in, as caniemail.com names them. */
const CLIENTS = ['gmail.desktop-webmail', 'gmail.ios', 'gmail.android', 'outlook.windows', 'apple-mail.*'] as const

/**
 * What mail programs leave out of a page, by what caniemail.com has tried: program and what it ignores, a line each.
 *
 * @returns null where that knowledge is not installed
 */
export async function leftOutOf(html: string): Promise<readonly string[] | null> {
  if (!isInstalled('caniemail')) return null
  const { caniemail } = await import('caniemail')
  const { errors } = caniemail({ clients: [...CLIENTS], html }).issues
  return [...errors].map(([client, faults]) => {
    const titles = [...new Set(faults.map(({ title }) => title))].toSorted()
    return `${client} leaves out ${titles.join(', ')}`
  })
}
