import type { PgBoss } from 'pg-boss'
import type { Rules } from '../domain/rules.ts'
import type { Database } from '../store/database.ts'
import type { OpenProgress } from './progress.ts'

/** What a sweep needs, whatever it is for. */
export type SweepSetting = Readonly<{
  db: Database
  queue: PgBoss
  rules: Rules
  /** The rules as the operator wrote them, to be kept with the sweep. */
  rulesDocument: object
  locales: readonly string[]
  /** A sweep that looks at more grants than this is planned in parts of about as many. */
  grantsPerPart: number
  messageIdOf: (mailId: string) => string
  openProgress: OpenProgress
}>
