import { UsageError } from '../errors.ts'
import type { DecisionOutcome } from '../store/held-sweeps.ts'

/** Says what is wrong where a sweep could not be decided on. */
export function requireDecided(id: string, outcome: DecisionOutcome): void {
  if (outcome === 'unknown') throw new UsageError(`there is no sweep ${id}; "credit-reminders sweeps" lists them`)
  if (outcome === 'not-held') throw new UsageError(`sweep ${id} is not held; "credit-reminders sweeps" shows its state`)
}
