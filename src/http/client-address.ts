import { isIP, isIPv6 } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

const GROUPS = 8
/** What one customer of a provider has at the least (RFC 6177, 2): whoever has one address of it has all. */
const NETWORK_GROUPS = 4

/**
 * Whom a request comes from, to count by: an IPv4 address, or a network of IPv6.
 *
 * `X-Forwarded-For` can say anything: of its addresses, those count that our own proxies wrote, from the right.
 *
 * @param trustedProxies how many proxies stand before us; 0: it comes from whoever opened the connection
 */
export function clientOf(context: Context, trustedProxies: number): string {
  const connected = getConnInfo(context).remote.address ?? ''
  const forwarded = (context.req.header('X-Forwarded-For') ?? '').split(',').map(withoutPort)
  const named = trustedProxies === 0 ? '' : (forwarded.at(-trustedProxies) ?? forwarded[0] ?? '')
  return networkOf(isIP(named) === 0 ? connected : named)
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, address = entry.trim()] = /^\s*(?:(\d[\d.]+):\d+|\[.+\].*)\s*$/.exec(entry) ?? []
  return address.replace(/^\[(.+)\].*$/, '$1')
}

/** `::ffff:192.0.2.1` is `192.0.2.1` (RFC 4291, 2.5.5.2); `2001:db8::1` is of `2001:db8:0:0`. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: GROUPS - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0')
  return [...(before ?? []), ...zeros, ...(after ?? [])].slice(0, NETWORK_GROUPS).join(':')
}
