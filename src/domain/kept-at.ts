import { widest } from './kept-away.ts'
import type { Contact, SuppressionScope } from './model.ts'

/** Something that keeps mail from whoever it names, by contact or by address. */
type KeptAway = Readonly<{ scope: SuppressionScope; liftedAt: Date | null }>
type OfList = KeptAway & Readonly<{ addressHash: string; reason: string }>
type OfWish = KeptAway & Readonly<{ accountId: string; contactId: string | null; addressHash: string | null }>

/** What stood on the suppression list, and what was asked, at one time; that which was lifted by then too. */
export type KeptAwayThen<S extends OfList = OfList, W extends OfWish = OfWish> = Readonly<{
  suppressions: readonly S[]
  optOuts: readonly W[]
}>

/** What of it concerns one contact, by the hash of its address. */
export function concerning<S extends OfList, W extends OfWish>(
  { id, accountId }: Pick<Contact, 'id' | 'accountId'>,
  hash: string,
  { suppressions, optOuts }: KeptAwayThen<S, W>,
): KeptAwayThen<S, W> {
  return {
    suppressions: suppressions.filter(({ addressHash }) => addressHash === hash),
    // By the address as well: billing systems make contacts anew, under another id.
    optOuts: optOuts.filter(
      (wish) => wish.accountId === accountId && (wish.contactId === id || wish.addressHash === hash),
    ),
  }
}

/** What it comes to for the contact that it concerns: by its own wish, and because of its address. */
export function keptFrom({ suppressions, optOuts }: KeptAwayThen): Pick<Contact, 'optedOut' | 'suppressed'> {
  const holding = suppressions.filter(({ liftedAt }) => liftedAt === null)
  const wishes = optOuts.filter(({ liftedAt }) => liftedAt === null)
  const isAsked = ({ reason }: OfList) => reason === 'unsubscribed'
  return {
    optedOut: widest([...wishes, ...holding.filter(isAsked)].map(({ scope }) => scope)),
    suppressed: widest(holding.filter((each) => !isAsked(each)).map(({ scope }) => scope)),
  }
}
