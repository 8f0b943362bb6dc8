import { v7 as uuidv7 } from 'uuid'
import { dryRunJson } from '../../src/cli/dry-run-json.ts'
import { explanationJson } from '../../src/cli/explain-json.ts'
import { explanationText } from '../../src/cli/explain-text.ts'
import { openForDelivery } from '../../src/compose.ts'
import { openForDeciding, openForReading } from '../../src/compose-ledger.ts'
import { dryRun } from '../../src/jobs/dry-run.ts'
import { explainGrant } from '../../src/jobs/explain/grant.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { type RunOutcome, runOnce } from '../../src/jobs/run.ts'
import { approveSweep, discardSweep } from '../../src/store/held-sweeps.ts'
import { type Company, type CompanyOptions, foundCompany } from './company.ts'

/** The document of `dry-run --format json`. */
export type Foreseen = ReturnType<typeof dryRunJson>
/** One of its mails. */
export type ForeseenMail = Foreseen['emails'][number]
/** What `explain` says, to people and to machines. */
export type Explained = Readonly<{ text: string; json: ReturnType<typeof explanationJson> }>

type Variables = Readonly<Record<string, string>>
type RunOptions = Readonly<{
  /** The sweep's id; a new one where none is given. */
  id?: string
  /** Settings other than the company's own. */
  env?: Variables
}>

/** A company with its program at hand, run in this process: the commands without their printing. */
export type Program = Company &
  Readonly<{
    /** `run --as-of`: composed anew each time, as a new process would be, and released before it answers. */
    runAt: (instant: string, options?: RunOptions) => Promise<RunOutcome>
    /** `dry-run --as-of --format json`. */
    dryRunAt: (instant: string, env?: Variables) => Promise<Foreseen>
    /** `explain GRANT --as-of`. */
    explain: (grantId: string, instant: string, env?: Variables) => Promise<Explained>
    /** `approve ID` and `discard ID`. */
    approve: (sweepId: string) => Promise<void>
    discard: (sweepId: string) => Promise<void>
    /** The mails that the ledger holds in a state, or of some ids, in the words of the dry run, to compare the two. */
    ledgerMails: (which: 'sent' | 'queued' | 'held' | Readonly<{ ids: readonly string[] }>) => Promise<ForeseenMail[]>
    /** The latest reason kept for each grant that got no mail, by grant. */
    decisions: () => Promise<Readonly<Record<string, string>>>
  }>

/** A company with an empty billing database, and the program at its service. */
export async function openProgram(options: CompanyOptions = {}): Promise<Program> {
  const company = await foundCompany(options)
  const { database } = company
  const env = { ...company.env, LOG_LEVEL: 'silent' }
  return {
    ...company,
    env,
    runAt: async (instant, { id = `run-${uuidv7()}`, env: more = {} } = {}) => {
      await using setting = await openForDelivery('run', { ...env, ...more })
      const order = { id, asOf: new Date(instant), signal: new AbortController().signal }
      return await runOnce({ ...setting, openProgress: noProgress }, order)
    },
    dryRunAt: async (instant, more = {}) => {
      await using setting = await openForReading({ ...env, ...more })
      return dryRunJson(await dryRun({ ...setting, openProgress: noProgress }, { asOf: new Date(instant) }))
    },
    explain: async (grantId, instant, more = {}) => {
      await using setting = await openForReading({ ...env, ...more })
      const explanation = await explainGrant(setting, { grantId, asOf: new Date(instant) })
      if (explanation === null) throw new Error(`there is no grant ${grantId}`)
      return { text: explanationText(explanation), json: explanationJson(explanation) }
    },
    approve: (sweepId) => decide(env, sweepId, approveSweep),
    discard: (sweepId) => decide(env, sweepId, discardSweep),
    ledgerMails: (which) =>
      database.sql<ForeseenMail>(LEDGER_MAILS, typeof which === 'string' ? [which, null] : [null, which.ids]),
    decisions: async () => {
      const rows = await database.sql<{ grant: string; reason: string }>(
        'SELECT DISTINCT ON (grant_id) grant_id AS grant, reason FROM reminders.decisions ORDER BY grant_id, id DESC',
      )
      return Object.fromEntries(rows.map(({ grant, reason }) => [grant, reason]))
    },
  }
}

async function decide(env: Variables, sweepId: string, decision: typeof approveSweep): Promise<void> {
  await using setting = await openForDeciding(env)
  const outcome = await decision(setting.db, sweepId)
  if (outcome !== 'decided') throw new Error(`sweep ${sweepId}: ${outcome}`)
}

const LEDGER_MAILS = `
  SELECT m.to_address AS to, m.account_id AS account, m.contact_id AS contact, m.category, m.locale,
         m.time_zone AS "timeZone",
         json_agg(json_build_object(
           'id', n.grant_id, 'stage', n.stage,
           'expiresAt', to_char(nullif(n.expires_at, '9999-12-31Z') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'unit', n.unit, 'remaining', n.amount::text) ORDER BY n.expires_at, n.grant_id COLLATE "C") AS grants
    FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id AND n.state <> 'dropped'
   WHERE m.state = $1 OR m.id = ANY($2::uuid[])
   GROUP BY m.id ORDER BY m.id`
