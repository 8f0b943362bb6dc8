import { createHash } from 'node:crypto'
import { normaliseAddress } from '../domain/address.ts'

/** The SHA-256 of the normalised address, in hex: enough to match an address by, and not the address. */
export function addressHash(address: string): string {
  return createHash('sha256').update(normaliseAddress(address)).digest('hex')
}
