import type { Transaction } from './database.ts'

/** Which server answers, and as whom it knows us. */
export type ServerFacts = Readonly<{
  /** `18.1` */
  version: string
  majorVersion: number
  database: string
  role: string
  /** The role as a statement names it, quoted where it must be. */
  quotedRole: string
}>

/** Reads what the server says of itself and of this session. */
export async function readServerFacts(tx: Transaction): Promise<ServerFacts> {
  const [facts] = await tx.$queryRawUnsafe<ServerFacts[]>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
            current_setting('server_version_num')::int / 10000 AS "majorVersion",
            current_database()::text AS database, current_user::text AS role,
            quote_ident(current_user) AS "quotedRole"`,
  )
  if (facts === undefined) throw new Error('the server said nothing of itself')
  return facts
}
