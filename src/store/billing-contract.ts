/** What a column must be, by its Postgres type; types that Postgres turns into it without loss are as good. */
export type ColumnType = 'text' | 'numeric' | 'integer' | 'timestamptz' | 'boolean' | 'date'

/** A column that is read. */
export type ContractColumn = Readonly<{
  type: ColumnType
  /** What null says; absent where it must not be null. */
  ifNull?: string
  /** What it tells, in the words of one who has to find it in tables of another make. */
  meaning: string
}>

export type Contract = Readonly<{
  optional?: boolean
  /** What a row is. */
  row: string
  columns: Readonly<Record<string, ContractColumn>>
}>

const RULES = 'the one of the rules'

/** The relations of the schema `billing` that are read, tables or views, and the columns that they must have. */
export const CONTRACT: Readonly<Record<string, Contract>> = {
  accounts: {
    row: 'who owns credits: a customer, a company, a team',
    columns: {
      id: { type: 'text', meaning: 'what the other relations name it by' },
      name: { type: 'text', meaning: 'what mails call it' },
      time_zone: { type: 'text', ifNull: RULES, meaning: 'IANA name, such as Europe/Berlin' },
      locale: { type: 'text', ifNull: RULES, meaning: 'language of its mails, BCP 47, such as pt-BR' },
      closed_at: {
        type: 'timestamptz',
        ifNull: 'it is open',
        meaning: 'when it was closed; from then on nobody is told',
      },
    },
  },
  contacts: {
    row: 'somebody at an account who may be written to',
    columns: {
      id: { type: 'text', meaning: 'names the contact, and is not the address' },
      account_id: { type: 'text', meaning: 'the account' },
      email: { type: 'text', meaning: 'one address' },
      name: { type: 'text', ifNull: 'greeted without', meaning: 'what mails call the person' },
      locale: { type: 'text', ifNull: "the account's", meaning: 'language of the mails, BCP 47' },
      time_zone: { type: 'text', ifNull: "the account's", meaning: 'IANA name' },
      receives_billing_email: { type: 'boolean', meaning: 'whether to write to this contact at all' },
    },
  },
  credit_grants: {
    row: 'credits given at one time that expire at one time',
    columns: {
      id: { type: 'text', meaning: 'names the grant for good: what was told is remembered by it' },
      account_id: { type: 'text', meaning: 'the account' },
      kind: { type: 'text', meaning: 'purchased, promotional, or your own; the policies go by it' },
      name: { type: 'text', ifNull: 'the kind', meaning: 'what mails call the credits' },
      unit: { type: 'text', meaning: 'ISO 4217 code in capitals (USD), or your own (credits)' },
      amount: { type: 'numeric', meaning: 'what was granted, in the unit (18.00, not 1800 cents)' },
      remaining: { type: 'numeric', meaning: 'what is left of it, in the unit' },
      priority: { type: 'integer', meaning: 'lower is spent first; 0 for all where there is no order' },
      granted_at: { type: 'timestamptz', meaning: 'when it was given' },
      effective_at: { type: 'timestamptz', ifNull: 'at once', meaning: 'from when it can be used' },
      expires_at: {
        type: 'timestamptz',
        ifNull: "by the policy's validity, or never",
        meaning: "the first instant at which it can no longer be used; 'infinity': never",
      },
      voided_at: { type: 'timestamptz', ifNull: 'it was not', meaning: 'when it was taken back' },
      expired_amount: {
        type: 'numeric',
        ifNull: 'what remains',
        meaning: 'what was written off at the expiry, where remaining is then set to 0',
      },
    },
  },
  credit_usage: {
    optional: true,
    row: 'what an account used on one day',
    columns: {
      account_id: { type: 'text', meaning: 'the account' },
      unit: { type: 'text', meaning: 'as the grants have it' },
      day: { type: 'date', meaning: 'a day of UTC' },
      amount: { type: 'numeric', meaning: 'what was used on it, in the unit' },
    },
  },
}
