import { setTimeout } from 'node:timers/promises'
import type { DeliveryTimes } from '../delivery-times.ts'
import { safeError } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { type Database, ping } from '../store/database.ts'
import { databaseFault } from '../store/database-fault.ts'
import type { AttemptCounts } from './attempt-counts.ts'
import { NO_DELIVERY } from './delivery-counts.ts'
import type { Gate } from './gate.ts'
import type { Heart } from './heartbeat.ts'
import { ledgerMeasures } from './ledger-measures.ts'
import { serviceMeasures } from './service-measures.ts'
import type { SlotSweeps } from './slot-sweeps.ts'
import type { Watch } from './watch.ts'
import type { Workers } from './workers.ts'

/** How long a scrape waits for the database: Prometheus itself waits for 10 s, unless it is told to. */
const SCRAPE_MS = 7000

/** The parts of a running service, which it is asked about. */
export type ServiceParts = Readonly<{
  version: string
  db: Database
  gate: Gate
  attemptCounts: () => AttemptCounts
  deliveryTimes: DeliveryTimes
  watch: Watch
  sweeps: SlotSweeps
  /** Null before they have been started. */
  workers: () => Workers | null
  heart: Heart
}>

/** What stands between the service and its work, a line each. */
export async function obstaclesOf({ db, gate, sweeps }: ServiceParts): Promise<readonly string[]> {
  const fault = sweeps.fault()
  const known = [
    ...(gate.closure === null ? [] : [`mail: ${gate.closure.reason} (${gate.closure.detail})`]),
    ...(fault === null ? [] : [`the latest sweep failed: ${wordsOf(fault)}`]),
  ]
  try {
    await ping(db)
    return known
  } catch (error) {
    return [...known, wordsOf(error)]
  }
}

/** What `/metrics` says: of the instance in any case, of the ledger where the database answers in time. */
export function metricsPage(parts: ServiceParts): Readonly<{ contentType: string; text: () => Promise<string> }> {
  const { contentType, text } = createMetrics(parts.deliveryTimes)
  return {
    contentType,
    text: async () => {
      const sight = await Promise.race([parts.watch.look(), setTimeout(SCRAPE_MS, null, { ref: false })])
      const facts = {
        version: parts.version,
        isDatabaseUp: sight !== null,
        alarms: parts.watch.alarms(),
        gate: parts.gate,
        deliveries: parts.workers()?.counts() ?? NO_DELIVERY,
        attempts: parts.attemptCounts(),
        batchesInHand: parts.workers()?.batchesInHand() ?? 0,
        sweeps: parts.sweeps.counts(),
        heartbeats: parts.heart.counts(),
      }
      return text([...serviceMeasures(facts), ...(sight === null ? [] : ledgerMeasures(sight))])
    },
  }
}

function wordsOf(error: unknown): string {
  return databaseFault(error)?.message ?? safeError(error).message
}
