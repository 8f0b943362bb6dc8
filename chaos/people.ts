import { insertAccount, insertContact, insertGrant, type Sql } from '../test/support/billing.ts'
import type { Dice } from './dice.ts'

/** What becomes of an account while the storm goes on. */
export type Fate = 'steady' | 'spent' | 'extended' | 'voided' | 'opted-out' | 'refused'

export type Person = Readonly<{ address: string; account: string; fate: Fate }>

const FATES = [
  ...Array<Fate>(14).fill('steady'),
  ...(['spent', 'extended', 'voided', 'opted-out', 'refused', 'steady'] as const),
] as const
const MS_PER_DAY = 86_400_000
const MS_PER_MINUTE = 60_000

/**
 * Accounts of one or two contacts and one or two grants each, of which everybody is to be told something at once; and of
 * many something again in a later round, so that each round has mails to send.
 *
 * @param rounds the business times at which they are served
 */
export async function insertPeople(
  sql: Sql,
  dice: Dice,
  { accounts, rounds }: Readonly<{ accounts: number; rounds: readonly Date[] }>,
): Promise<readonly Person[]> {
  const people: Person[] = []
  for (let number = 1; number <= accounts; number++) {
    const account = `acc_${number}`
    const fate = dice.pick(FATES as unknown as [Fate, ...Fate[]], 'fate', number)
    await insertAccount(sql, { id: account, name: `Account ${number}` })
    for (let contact = 1; contact <= dice.between(1, 2, 'contacts', number); contact++) {
      const address = `${fate}.${number}.${contact}@example.com`
      await insertContact(sql, { id: `con_${number}_${contact}`, accountId: account, email: address })
      people.push({ address, account, fate })
    }
    for (let grant = 1; grant <= dice.between(1, 2, 'grants', number); grant++) {
      const expiresAt = expiryOf(dice, rounds, [number, grant])
      await insertGrant(sql, { id: `cg_${number}_${grant}`, accountId: account, name: `Pack ${grant}`, expiresAt })
    }
  }
  return people
}

/** Gone since yesterday; or in three to five days; or in a week and so much that its last week begins with a round. */
function expiryOf(dice: Dice, rounds: readonly Date[], about: readonly number[]): Date {
  if (dice.happens(0.2, 'gone', ...about)) return new Date(Date.now() - MS_PER_DAY)
  const round = rounds[dice.between(0, rounds.length - 1, 'last week', ...about)]
  if (round === undefined || dice.happens(0.4, 'soon', ...about))
    return new Date(Date.now() + dice.between(3, 5, 'days', ...about) * MS_PER_DAY)
  return new Date(round.getTime() - MS_PER_MINUTE + 7 * MS_PER_DAY)
}

const CHANGES: Readonly<Partial<Record<Fate, string>>> = {
  spent: `UPDATE billing.credit_grants SET remaining = 0 WHERE account_id = $1`,
  extended: `UPDATE billing.credit_grants SET expires_at = expires_at + interval '20 days' WHERE account_id = $1`,
  voided: `UPDATE billing.credit_grants SET voided_at = now() WHERE account_id = $1`,
  'opted-out': `UPDATE billing.contacts SET receives_billing_email = false WHERE account_id = $1`,
}

/** What happens to a person's account in one round; each change comes once, in a round of its own. */
export async function live(
  sql: Sql,
  dice: Dice,
  people: readonly Person[],
  round: Readonly<{ number: number; of: number }>,
) {
  const accounts = new Map(people.map(({ account, fate }) => [account, fate]))
  for (const [account, fate] of accounts) {
    const change = CHANGES[fate]
    if (change !== undefined && dice.between(1, round.of, 'when', account) === round.number)
      await sql(change, [account])
  }
}
