import { distance } from 'fastest-levenshtein'

/** The known name that somebody probably meant, ready to end a sentence: ` (did you mean warnBefore?)`, or nothing. */
export function didYouMean(written: string, known: readonly string[]): string {
  const name = nearestName(written, known)
  return name === null ? '' : ` (did you mean ${name}?)`
}

/** The known name that somebody probably meant; null where none is near. */
export function nearestName(written: string, known: readonly string[]): string | null {
  const nearest = known
    .map((name) => ({ name, edits: distance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .at(0)
  // A third of the letters may be wrong; beyond that the guess would confuse.
  if (nearest === undefined || nearest.edits > Math.max(2, nearest.name.length / 3)) return null
  return nearest.name
}
