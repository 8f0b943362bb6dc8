import type pg from 'pg'
import { findRepeated, findWithoutAccount } from '../../store/import-checks.ts'
import { type FaultList, MAX_SHOWN } from './faults.ts'
import { type ImportFile, shownName } from './files.ts'
import { IMPORTED, RELATIONS } from './relations.ts'
import { shown } from './values.ts'

type ReadFile = Readonly<{ file: ImportFile; isWhole: boolean }>

/** Finds what no row shows by itself: an id that stands twice, and an account that is nowhere. */
export async function checkTogether(
  client: pg.ClientBase,
  files: readonly ReadFile[],
  faults: FaultList,
): Promise<void> {
  // Of accounts that could not all be read, it cannot be said which are missing.
  const areAccountsKnown = files.every(({ file, isWhole }) => isWhole || file.relation !== 'accounts')
  for (const relation of IMPORTED.filter((name) => files.some(({ file }) => file.relation === name))) {
    await checkKeys(client, { relation, files, faults })
    if (relation !== 'accounts' && areAccountsKnown) await checkAccounts(client, { relation, faults })
  }
}

type Check = Readonly<{ relation: (typeof IMPORTED)[number]; faults: FaultList }>

async function checkKeys(
  client: pg.ClientBase,
  { relation, files, faults }: Check & Readonly<{ files: readonly ReadFile[] }>,
): Promise<void> {
  const table = RELATIONS[relation]
  const { rows, total } = await findRepeated(client, table, MAX_SHOWN)
  const placed = rows.map(({ file, line, firstFile, firstLine, key }) => {
    const first = files[firstFile]
    const place =
      file === firstFile || first === undefined ? `line ${firstLine}` : `${shownName(first.file)}:${firstLine}`
    return { file, line, column: table.key.join(', '), words: `${shown(key)} is on ${place} already; leave one out` }
  })
  faults.addFound({ faults: placed, total })
}

async function checkAccounts(client: pg.ClientBase, { relation, faults }: Check): Promise<void> {
  const { rows, total } = await findWithoutAccount(
    client,
    { table: RELATIONS[relation], accounts: RELATIONS.accounts },
    MAX_SHOWN,
  )
  const placed = rows.map(({ file, line, accountId }) => {
    const words = `there is no account ${shown(accountId)}, in the files or the database; import the accounts as well`
    return { file, line, column: 'account_id', words }
  })
  faults.addFound({ faults: placed, total })
}
