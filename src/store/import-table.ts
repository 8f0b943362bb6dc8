/** A table of `billing` that rows are imported into. */
export type ImportTable = Readonly<{
  /** Its name in the schema `billing`. */
  table: string
  /** The columns that tell its rows apart. */
  key: readonly string[]
  /** With their types as `format_type` prints them. */
  columns: readonly Readonly<{
    name: string
    type: 'text' | 'numeric' | 'integer' | 'boolean' | 'date' | 'timestamp with time zone'
  }>[]
}>

/** Where the rows of a table wait until all have been read. */
export function stagedName({ table }: ImportTable): string {
  return `pg_temp.staged_${table}`
}
