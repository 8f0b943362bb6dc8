import type { ImportTable } from '../../store/import-table.ts'
import { readDay, readExpiry, readInstant } from './times.ts'
import {
  type ReadValue,
  readAddress,
  readAmount,
  readBoolean,
  readId,
  readInteger,
  readLocaleTag,
  readName,
  readWord,
  readZone,
} from './values.ts'

/** The relations that can be imported, by the names that people give them, in the order in which they depend on each other. */
export const IMPORTED = ['accounts', 'contacts', 'grants', 'usage'] as const
export type Imported = (typeof IMPORTED)[number]

export type ImportColumn = ImportTable['columns'][number] &
  Readonly<{
    read: ReadValue
    /** A file without this column is refused. */
    needed: boolean
    /** What an empty value means; undefined: it is a fault. */
    empty: string | null | undefined
  }>

export type ImportRelation = Omit<ImportTable, 'columns'> & Readonly<{ columns: readonly ImportColumn[] }>

type Type = ImportColumn['type']

const needed = (name: string, type: Type, read: ReadValue): ImportColumn => {
  return { name, type, read, needed: true, empty: undefined }
}
const optional = (name: string, type: Type, read: ReadValue, empty: string | null = null): ImportColumn => {
  return { name, type, read, needed: false, empty }
}

const zone = optional('time_zone', 'text', readZone)
const locale = optional('locale', 'text', readLocaleTag)
const id = needed('id', 'text', readId)
const accountId = needed('account_id', 'text', readId)

/** What is read of each (README, "Connect your own billing database"). */
export const RELATIONS: Readonly<Record<Imported, ImportRelation>> = {
  accounts: {
    table: 'accounts',
    key: ['id'],
    columns: [
      id,
      needed('name', 'text', readName),
      zone,
      locale,
      optional('closed_at', 'timestamp with time zone', readInstant),
    ],
  },
  contacts: {
    table: 'contacts',
    key: ['id'],
    columns: [
      id,
      accountId,
      needed('email', 'text', readAddress),
      optional('name', 'text', readName),
      locale,
      zone,
      // Whether somebody is written to is not to be guessed from an empty cell.
      { ...optional('receives_billing_email', 'boolean', readBoolean), empty: undefined },
    ],
  },
  grants: {
    table: 'credit_grants',
    key: ['id'],
    columns: [
      id,
      accountId,
      needed('kind', 'text', readWord),
      optional('name', 'text', readName),
      needed('unit', 'text', readWord),
      needed('amount', 'numeric', readAmount),
      needed('remaining', 'numeric', readAmount),
      optional('priority', 'integer', readInteger, '0'),
      needed('granted_at', 'timestamp with time zone', readInstant),
      optional('effective_at', 'timestamp with time zone', readInstant),
      optional('expires_at', 'timestamp with time zone', readExpiry),
      optional('voided_at', 'timestamp with time zone', readInstant),
      optional('expired_amount', 'numeric', readAmount),
    ],
  },
  usage: {
    table: 'credit_usage',
    key: ['account_id', 'unit', 'day'],
    columns: [
      accountId,
      needed('unit', 'text', readWord),
      needed('day', 'date', readDay),
      needed('amount', 'numeric', readAmount),
    ],
  },
}
