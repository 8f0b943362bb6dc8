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
    stop: (target, wish) => told(optOut(db, target, wish)),
    undo: (target) => told(undoOptOut(db, target)),
    stops: rules.unsubscribeStops,
    sender: sender.from.name ?? sender.from.address,
    locale: rules.locale,
    renderer,
    trustedProxies: http.trustedProxies,
  }
}
