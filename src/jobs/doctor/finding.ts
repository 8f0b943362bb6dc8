/** What is looked at, in the order in which it is. */
export type Check =
  | 'environment'
  | 'rules'
  | 'templates'
  | 'database'
  | 'clock'
  | 'migrations'
  | 'queue'
  | 'billing'
  | 'rights'
  | 'indexes'
  | 'rows'
  | 'mail-server'
  | 'dkim'
  | 'bounces'
  | 'dns'

/** What came of one look: one line for people, one entry for machines. */
export type Finding = Readonly<{
  check: Check
  state: 'ok' | 'warning' | 'fault' | 'not-checked'
  /** What was found; where nothing was looked at, why. */
  found: string
  /** What to do about it; null where nothing needs to be done. On `ok`, a hint. */
  advice: string | null
  /** Where a fault lies; null for everything else. */
  blame: 'setting' | 'dependency' | null
  /** More about it, a line each; absent where the one line says all. */
  details?: readonly string[]
}>

/** All is well; `hint` says what could be better. */
export function ok(check: Check, found: string, hint: string | null = null): Finding {
  return { check, state: 'ok', found, advice: hint, blame: null }
}

/** It works, and somebody should look at it. */
export function warning(check: Check, found: string, advice: string): Finding {
  return { check, state: 'warning', found, advice, blame: null }
}

/** The program will not do its work like this. */
export function fault(check: Check, blame: 'setting' | 'dependency', found: string, advice: string): Finding {
  return { check, state: 'fault', found, advice, blame }
}

/** It rests on something that is at fault itself. */
export function notChecked(check: Check, because: string): Finding {
  return { check, state: 'not-checked', found: because, advice: null, blame: null }
}
