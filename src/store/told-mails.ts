import type { Category } from '../domain/model.ts'
import type { Transaction } from './database.ts'
import type { Prisma } from './generated/client.ts'

/** A mail with its tries, what came back about it, and the rules that its sweep went by. */
export type ToldMail = Prisma.MailGetPayload<typeof WITH_DELIVERY> & Readonly<{ category: Category }>

const WITH_DELIVERY = {
  include: {
    sweep: { select: { asOf: true, rulesHash: true, rules: { select: { document: true } } } },
    deliveries: { orderBy: { id: 'asc' } },
    reports: { orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }] },
  },
} as const satisfies Prisma.MailDefaultArgs

/** Every mail that was planned, by an instant, to tell of a grant, in the order of planning. */
export async function readMailsAbout(tx: Transaction, grantId: string, until: Date): Promise<readonly ToldMail[]> {
  const mails = await tx.mail.findMany({
    where: { notices: { some: { grantId } }, sweep: { asOf: { lte: until } } },
    ...WITH_DELIVERY,
    orderBy: { id: 'asc' },
  })
  return mails as readonly ToldMail[]
}
