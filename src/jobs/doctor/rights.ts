import type { Database } from '../../store/database.ts'
import { readHiddenRows } from '../../store/hidden-rows.ts'
import {
  denialOf,
  OWN_SCHEMAS,
  type OwnSchema,
  readBillingRights,
  readingDenial,
  readLackingRights,
  readRemovalDenial,
  USAGE_RELATION,
} from '../../store/rights.ts'
import type { ServerFacts } from '../../store/server-facts.ts'
import { type Finding, fault, notChecked, ok, warning } from './finding.ts'

/** Whether the role may read all of `billing`; that it may write there too is worth a hint. */
export async function checkReadingRights(db: Database, { role, quotedRole }: ServerFacts): Promise<readonly Finding[]> {
  const rights = await readBillingRights(db)
  if (rights.length === 0) return [notChecked('rights', 'there is nothing in billing to read')]
  const denial = readingDenial(rights, quotedRole)
  const isOnlyUsage = rights.every(({ relation, read }) => read || relation === USAGE_RELATION)
  const filtered = rights.filter((right) => right.filtered).map(({ relation }) => relation)
  const findings: Finding[] = []
  if (denial !== null) {
    const found = `role ${role} ${denial.found}`
    const advice = denial.grants.join('; ')
    // Nobody's mail waits for usage.
    if (isOnlyUsage) findings.push(warning('rights', `${found}: mails say nothing of what will be used`, advice))
    else findings.push(fault('rights', 'dependency', found, advice))
  }
  if (filtered.length > 0) {
    const found = `row-level security decides which rows of ${filtered.join(', ')} role ${role} sees: nobody is told of the others`
    findings.push(warning('rights', found, `let a policy show it all rows, or ALTER ROLE ${quotedRole} BYPASSRLS`))
  }
  for (const { view, table, owner } of await readHiddenRows(db)) {
    const found = `row-level security decides which rows of ${table} role ${owner}, who owns ${view}, sees: nobody is told of the others`
    findings.push(warning('rights', found, `let a policy show it all rows, or ALTER ROLE ${owner} BYPASSRLS`))
  }
  if (findings.length > 0) return findings
  const canWrite = rights.some(({ write }) => write)
  const hint = canWrite
    ? 'it may write billing too, which is never needed; docs/operations.md shows a smaller role'
    : null
  return [ok('rights', `role ${role} may read billing`, hint)]
}

/**
 * Whether the role may read and write what is the program's own.
 *
 * @param removes whether it is to remove rows whose time is over
 */
export async function checkOwnRights(db: Database, facts: ServerFacts, removes: boolean): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const schema of OWN_SCHEMAS) findings.push(await checkOwnSchema(db, facts, schema))
  const denial = removes ? await readRemovalDenial(db, facts.quotedRole) : null
  if (denial !== null) {
    const found = `role ${facts.role} ${denial.found}`
    findings.push(fault('rights', 'dependency', found, `for run and start: ${denial.grants.join('; ')}`))
  }
  return findings
}

async function checkOwnSchema(db: Database, { role, quotedRole }: ServerFacts, schema: OwnSchema): Promise<Finding> {
  const lacks = await readLackingRights(db, schema)
  if (lacks === null) return notChecked('rights', `there is no schema ${schema} yet`)
  const denial = denialOf(lacks, schema, quotedRole)
  if (denial === null) return ok('rights', `role ${role} may read and write ${schema}`)
  return fault('rights', 'dependency', `role ${role} ${denial.found}`, `for run and start: ${denial.grants.join('; ')}`)
}
