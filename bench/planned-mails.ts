import { noProgress } from '../src/jobs/progress.ts'
import { sweep } from '../src/jobs/sweep.ts'
import type { SweepSetting } from '../src/jobs/sweep-setting.ts'
import { NOW } from './setting.ts'

/** Empties ledger and queue, and plans the due mails anew: every round finds the same work. */
export async function planAfresh(setting: Omit<SweepSetting, 'openProgress'>): Promise<number> {
  const { db } = setting
  await db.$executeRawUnsafe(`TRUNCATE reminders.sweeps, reminders.mails, reminders.notices, reminders.attempts,
    reminders.reports, reminders.sweep_parts, reminders.mail_copies, reminders.decisions, reminders.suppressions`)
  await db.$executeRawUnsafe('DELETE FROM pgboss.job')
  const outcome = await sweep({ ...setting, openProgress: noProgress }, { id: `bench-${performance.now()}`, asOf: NOW })
  await db.$executeRawUnsafe('ANALYZE')
  await db.$executeRawUnsafe('CHECKPOINT')
  return outcome?.counts.emails ?? 0
}
