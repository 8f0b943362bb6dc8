/** What is known of a period that brings no mail. */
export type QuietPeriod = Readonly<{
  from: Date
  to: Date
  /** How many slots of the schedule there are in it. */
  sweeps: number
  schedule: string
  /** When the next grant with something left expires after its begin; null where none does. */
  nextExpiry: Date | null
}>

/** Why a period brings no mail, in a sentence, and what shows more. */
export function describeQuiet({ from, to, sweeps, schedule, nextExpiry }: QuietPeriod): string {
  if (sweeps === 0) return `no slot of the schedule (${schedule}, UTC) falls into it; give a longer period`
  if (nextExpiry === null) {
    return `billing has no grant with something left that expires after ${from.toISOString()}`
  }
  const next = nextExpiry.toISOString()
  return nextExpiry < to
    ? `grants expire in it, the first at ${next}, but nobody is due a mail; dry-run --as-of ${next} says why not`
    : `no grant expires until ${next}, and no warning of one falls due; give a later --to`
}
