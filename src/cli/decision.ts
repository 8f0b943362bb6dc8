import { UsageError } from '../errors.ts'

/** Says what is wrong where a sweep could not be decided on. */
export function requireDecided(id: string, decided: boolean | null): void {
  if (decided === null) throw new UsageError(`there is no sweep ${id}; "credit-reminders sweeps" lists them`)
  if (!decided) throw new UsageError(`sweep ${id} is not held; "credit-reminders sweeps" shows its state`)
}
