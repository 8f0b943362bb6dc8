import { Resolver } from 'node:dns/promises'

const TIMEOUT_MS = 3000
const TRIES = 2

/** Asks for the TXT records of a name, each in one piece (RFC 7208, 3.3); none where the name has none, or is not there. */
export type AskTxt = (name: string) => Promise<readonly string[]>

/** DNS gave no answer, which is not the answer that there is nothing. */
export class DnsSilent extends Error {
  override readonly name = 'DnsSilent'
}

/**
 * @param server whom to ask, as `192.0.2.1` or `192.0.2.1:53`; null: whom this host asks
 * @throws RangeError where the server is no IP address
 */
export function dnsClient(server: string | null): AskTxt {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  if (server !== null) resolver.setServers([server])
  return async (name) => {
    try {
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''))
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      if (code === 'ENOTFOUND' || code === 'ENODATA') return []
      throw new DnsSilent(`the TXT records of ${name} (${code})`, { cause: error })
    }
  }
}
