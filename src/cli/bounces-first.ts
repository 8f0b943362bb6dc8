import type { Delivery } from '../compose.ts'
import { DependencyError } from '../errors.ts'
import { note, print } from './output.ts'

/**
 * Before a run's sweep, what came back since the last one: an address that is no good is not written to again. A mailbox
 * that cannot be read keeps no mail from leaving; it is said, and a person has to look.
 *
 * @returns false where there is a mailbox, and it could not be read
 */
export async function readBouncesFirst(
  { db, bounces, linkSecrets, rules }: Pick<Delivery, 'db' | 'bounces' | 'linkSecrets' | 'rules'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { mailbox, returnPath } = bounces
  if (mailbox === null) return true
  try {
    // Loaded only where it is needed: a run by cron starts often.
    const { readBounces } = await import('../jobs/bounces.ts')
    const setting = { db, mailbox, returnPath, linkSecrets, unsubscribeStops: rules.unsubscribeStops }
    const { reports, unsubscribed } = await readBounces(setting, { after: null, signal })
    const { failed, delayed, complaint, suppressed } = reports
    if (failed + delayed + complaint > 0) {
      print(
        `bounces: failed ${failed}, delayed ${delayed}, complaints ${complaint}; addresses suppressed ${suppressed}`,
      )
    }
    if (unsubscribed > 0) print(`unsubscribed by mail: ${unsubscribed}`)
    return true
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error
    if (signal.aborted) return true
    note(`bounces not read, the run goes on without: ${error.message}`)
    return false
  }
}
