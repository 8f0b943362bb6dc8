import { domainToUnicode } from 'node:url'
import { normaliseAddress } from '../domain/address.ts'
import type { Transaction } from './database.ts'

/** A contact that has an address now. */
export type ContactOfAddress = Readonly<{ id: string; accountId: string }>

/**
 * The contacts that have an address now, however they write it. An index on `lower(email)` finds them at once; without
 * one, all contacts are read.
 */
export async function findContactsByAddress(tx: Transaction, address: string): Promise<readonly ContactOfAddress[]> {
  const rows = await tx.$queryRawUnsafe<(ContactOfAddress & Readonly<{ email: string }>)[]>(
    `SELECT DISTINCT c.id, c.account_id AS "accountId", c.email::text AS email FROM billing.contacts c
      WHERE lower(c.email::text) = ANY($1::text[]) AND c.id IS NOT NULL AND c.account_id IS NOT NULL
      ORDER BY 2, 1`,
    spellingsOf(address),
  )
  const wanted = normaliseAddress(address)
  return rows.filter(({ email }) => normaliseAddress(email) === wanted).map(({ id, accountId }) => ({ id, accountId }))
}

/**
 * How the address may stand in the data, in lower case: its domain in ASCII or in its own letters; and with a blank beside
 * it, as imports leave them: nobody can write to it so, and support has to see that.
 */
function spellingsOf(address: string): readonly string[] {
  const normalised = normaliseAddress(address)
  const at = normalised.lastIndexOf('@') + 1
  const given = address.trim().toLowerCase()
  const forms = new Set([given, normalised, `${normalised.slice(0, at)}${domainToUnicode(normalised.slice(at))}`])
  return [...forms].flatMap((form) => [form, ` ${form}`, `${form} `, ` ${form} `])
}
