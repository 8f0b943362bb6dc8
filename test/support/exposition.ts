const SERIES_LINE = /^(\w+)(?:\{(.*)\})? \S+$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/**
 * Reads the text format of Prometheus: by the name of each series that can be asked for (`x_bucket`, of a histogram `x`),
 * its labels with all values that they have.
 */
export function readExposition(text: string): ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Map<string, Set<string>>>()
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = SERIES_LINE.exec(line) ?? []
    if (name === undefined) continue
    const known = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(LABEL)) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
  return found
}
