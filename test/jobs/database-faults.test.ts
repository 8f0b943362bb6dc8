import { describe, expect, test } from 'vitest'
import { AS_OF, crowdAddresses, insertWarnedCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'

const MAILS = 30
/** In doubt, a mail fails instead of going out again: a fault that leaves one in doubt is seen. */
const HOLD = { onUncertain: 'hold' }

/** Where a fault meets the program: the moment that a trigger stands for. */
const PLACES = {
  'the sweep writes its notices': 'AFTER INSERT ON reminders.notices FOR EACH STATEMENT',
  'the sweep hands its mails to the queue': 'AFTER INSERT ON pgboss.job_common FOR EACH STATEMENT',
  'mails are claimed': `AFTER UPDATE ON reminders.mails FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.state = 'queued')`,
  'mails are about to leave':
    'AFTER UPDATE ON reminders.mails FOR EACH ROW WHEN (NEW.handed_over_at IS NOT NULL AND OLD.handed_over_at IS NULL)',
  'mails that were sent are recorded': 'AFTER INSERT ON reminders.attempts FOR EACH STATEMENT',
} as const

/** PostgreSQL, appendix A. The server raises them for a trigger as it does for itself: a full disk is not had on every machine. */
const FAULTS = {
  'the disk is full': '53100',
  'a transaction cannot be serialized': '40001',
  'it is the victim of a deadlock': '40P01',
  'a statement takes too long': '57014',
} as const

/** Lets the first statements of a place fail. That they failed is counted outside of their transactions. */
async function failAt({ database }: Program, place: string, code: string, times: number): Promise<void> {
  await database.sql(`
    CREATE SEQUENCE failures;
    CREATE FUNCTION fail_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('failures') <= TG_ARGV[1]::int THEN RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = 'as told'; END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER fail_first ${place} EXECUTE FUNCTION fail_first('${code}', '${times}')`)
}

const CASES = Object.entries(PLACES).flatMap(([where, place]) =>
  Object.entries(FAULTS).map(([what, code]) => ({ where, place, what, code })),
)

describe.concurrent('a fault of the database that passes', () => {
  test.each(CASES)(
    'When $what as $where, the work goes on afterwards, and everyone is told once',
    async ({ place, code }) => {
      await using program = await openProgram({ rules: HOLD })
      await insertWarnedCrowd(program, MAILS)
      await failAt(program, place, code, 2)
      const run = await program.runAt(AS_OF)
      const [{ failures = 0 } = {}] = await program.database.sql<{ failures: number }>(
        'SELECT last_value::int AS failures FROM failures',
      )
      expect(failures).toBeGreaterThan(2)
      expect(run).toMatchObject({
        closure: null,
        unfinished: 0,
        sweep: { counts: { emails: MAILS } },
        delivered: { sent: MAILS, deferred: 0, failed: 0, cancelled: 0, uncertain: 0 },
      })
      expect(program.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(MAILS))
      expect(await program.database.sql('SELECT count(*)::int AS tries FROM reminders.attempts')).toEqual([
        { tries: MAILS },
      ])
    },
  )

  test.each(Object.entries(FAULTS))(
    'When %s while a sweep is planned in parts, every part is planned, and everyone is told once',
    async (_what, code) => {
      await using program = await openProgram({ rules: HOLD })
      await insertWarnedCrowd(program, MAILS)
      await failAt(program, 'AFTER INSERT OR UPDATE ON reminders.sweep_parts FOR EACH STATEMENT', code, 3)
      const run = await program.runAt(AS_OF, { env: { SWEEP_PART_GRANTS: '10' } })
      expect(run).toMatchObject({ closure: null, unfinished: 0, delivered: { sent: MAILS, failed: 0, uncertain: 0 } })
      expect(program.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(MAILS))
      expect(await program.database.sql('SELECT DISTINCT state FROM reminders.sweep_parts')).toEqual([
        { state: 'planned' },
      ])
    },
  )
})
