import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** One figure. Labels are of closed lists: no address, account or grant is ever one. */
export type Sample = Readonly<{ labels?: Readonly<Record<string, string>>; value: number }>

/** A figure by the conventions of Prometheus: base units, `_total` for what only grows. Without a sample it is left out. */
export type Measure = Readonly<{
  /** Without the prefix that all share. */
  name: string
  help: string
  kind: 'gauge' | 'counter'
  samples: readonly Sample[]
}>

export const PREFIX = 'credit_reminders_'

/** Writes measures as Prometheus reads them. */
export type Metrics = Readonly<{ contentType: string; text: (measures: readonly Measure[]) => Promise<string> }>

/**
 * With the figures of the process itself (memory, event loop, processor), which are gathered from now on.
 *
 * @param others figures that are kept elsewhere, from one scrape to the next
 */
export function createMetrics(others: Readonly<{ text: () => Promise<string> }>): Metrics {
  const ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })
  return {
    contentType: ofProcess.contentType,
    text: async (measures) =>
      `${await registryOf(measures).metrics()}${await others.text()}${await ofProcess.metrics()}`,
  }
}

/** A new one each time: what is not known now is left out, and does not stay as it was. */
function registryOf(measures: readonly Measure[]): Registry {
  const registry = new Registry()
  for (const { name, help, kind, samples } of measures) {
    const [first] = samples
    if (first === undefined) continue
    const options = {
      name: PREFIX + name,
      help,
      labelNames: Object.keys(first.labels ?? {}),
      registers: [registry],
    }
    const metric = kind === 'gauge' ? new Gauge(options) : new Counter(options)
    for (const { labels = {}, value } of samples) metric.inc(labels, value)
  }
  return registry
}
