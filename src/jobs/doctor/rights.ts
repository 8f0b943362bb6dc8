import type { Database } from '../../store/database.ts'
import { type Lack, type OwnSchema, readBillingRights, readLackingRights } from '../../store/rights.ts'
import type { ServerFacts } from '../../store/server-facts.ts'
import { type Finding, fault, notChecked, ok, warning } from './finding.ts'

const OWN_SCHEMAS: readonly OwnSchema[] = ['reminders', 'pgboss']

/** Whether the role may read all of `billing`; that it may write there too is worth a hint. */
export async function checkReadingRights(db: Database, { role, quotedRole }: ServerFacts): Promise<readonly Finding[]> {
  const rights = await readBillingRights(db)
  if (rights.length === 0) return [notChecked('rights', 'there is nothing in billing to read')]
  const names = (of: typeof rights) => of.map(({ relation }) => relation).join(', ')
  const unreadable = rights.filter(({ read }) => !read)
  const filtered = rights.filter((right) => right.filtered)
  const findings: Finding[] = []
  if (unreadable.length > 0) {
    const grant = `GRANT USAGE ON SCHEMA billing TO ${quotedRole}; GRANT SELECT ON ${names(unreadable)} TO ${quotedRole}`
    findings.push(fault('rights', 'dependency', `role ${role} may not read ${names(unreadable)}`, grant))
  }
  if (filtered.length > 0) {
    const found = `row-level security decides which rows of ${names(filtered)} role ${role} sees: nobody is told of the others`
    findings.push(warning('rights', found, `let a policy show it all rows, or ALTER ROLE ${quotedRole} BYPASSRLS`))
  }
  if (findings.length > 0) return findings
  const canWrite = rights.some(({ write }) => write)
  const hint = canWrite
    ? 'it may write billing too, which is never needed; docs/operations.md shows a smaller role'
    : null
  return [ok('rights', `role ${role} may read billing`, hint)]
}

/** Whether the role may read and write what is the program's own. */
export async function checkOwnRights(db: Database, facts: ServerFacts): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const schema of OWN_SCHEMAS) findings.push(await checkOwnSchema(db, facts, schema))
  return findings
}

async function checkOwnSchema(db: Database, { role, quotedRole }: ServerFacts, schema: OwnSchema): Promise<Finding> {
  const lacks = await readLackingRights(db, schema)
  if (lacks === null) return notChecked('rights', `there is no schema ${schema} yet`)
  if (lacks.length === 0) return ok('rights', `role ${role} may read and write ${schema}`)
  const found = `role ${role} lacks ${lacks.map((lack) => `${lack.privilege} on ${objectsOf(lack, schema)}`).join(', ')}`
  const grants = lacks.map((lack) => `GRANT ${lack.privilege} ON ${grantedOn(lack, schema)} TO ${quotedRole}`)
  return fault('rights', 'dependency', found, `for run and start: ${grants.join('; ')}`)
}

function objectsOf({ kind, objects }: Lack, schema: OwnSchema): string {
  if (kind === 'schema') return `schema ${schema}`
  const [first] = objects
  return objects.length === 1 ? `${schema}.${first}` : `${objects.length} ${kind}s of ${schema}`
}

function grantedOn({ kind }: Lack, schema: OwnSchema): string {
  return kind === 'schema' ? `SCHEMA ${schema}` : `ALL ${kind.toUpperCase()}S IN SCHEMA ${schema}`
}
