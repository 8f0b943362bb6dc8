/** Prisma binds each value of a list by itself, and PostgreSQL's protocol counts parameters in 16 bits. */
const VALUES_AT_ONCE = 10_000

/** What a statement finds for a list of values of any length, asked in parts, in the order of the values. */
export async function inParts<Value, Found>(
  values: readonly Value[],
  read: (part: Value[]) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  const found: (readonly Found[])[] = []
  for (let from = 0; from < values.length; from += VALUES_AT_ONCE) {
    found.push(await read(values.slice(from, from + VALUES_AT_ONCE)))
  }
  return found.flat()
}
