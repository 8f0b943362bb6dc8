import type { Delivery } from '../compose.ts'
import type { Unsubscribe } from '../http/unsubscribe.ts'
import { readUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import { optOut, undoOptOut } from '../store/opt-outs.ts'

type Setting = Pick<Delivery, 'db' | 'log' | 'rules' | 'renderer' | 'sender' | 'linkSecrets' | 'http'>

/** The pages behind the mails' unsubscribe links. */
export function unsubscribePages({ db, log, rules, renderer, sender, linkSecrets, http }: Setting): Unsubscribe {
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      log.error({ err: error }, 'an opt-out could not be written down')
      throw error
    })
  return {
    read: (token) => readUnsubscribeToken(token, linkSecrets),
    stop: async (target, wish) => {
      const standing = await told(optOut(db, target, wish))
      log.info({ account: target.accountId, ...wish }, 'opted out')
      return standing
    },
    undo: async (target) => {
      const standing = await told(undoOptOut(db, target))
      log.info({ account: target.accountId }, 'opt-out taken back')
      return standing
    },
    stops: rules.unsubscribeStops,
    sender: sender.from.name ?? sender.from.address,
    locale: rules.locale,
    renderer,
    trustedProxies: http.trustedProxies,
  }
}
