import { hash } from 'node:crypto'
import { normaliseAddress } from '../domain/address.ts'

/** The SHA-256 of the normalised address, in hex: enough to match an address by, and not the address. */
export function addressHash(address: string): string {
  return hash('sha256', normaliseAddress(address), 'hex')
}
