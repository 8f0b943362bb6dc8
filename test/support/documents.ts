import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../../src/paths.ts'

/** The documents, as paths below the package's folder. */
export async function documentPaths(): Promise<readonly string[]> {
  const folders = ['.', 'docs', 'docs/decisions', 'deploy', 'chaos']
  const found = folders.map(async (folder) => {
    const names = await readdir(join(packageFolder, folder))
    return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
  })
  return (await Promise.all(found)).flat()
}

const TABLE = /^\|.*\|\n\|[ :|-]+\|\n(?:\|.*\|\n)*/gm
const CELLS = /(?<!\\)\|/

/** The same text, with each column of a table as wide as its widest cell. */
export function withEvenTables(text: string): string {
  return text.replace(TABLE, (table) => {
    const rows = table
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split(CELLS)
          .map((cell) => cell.trim()),
      )
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(3, ...rows.map((row, index) => (index === 1 ? 0 : widthOf(row[column] ?? '')))),
    )
    return rows
      .map((row, index) => `| ${row.map((cell, column) => filled(cell, widths[column] ?? 0, index)).join(' | ')} |\n`)
      .join('')
  })
}

function filled(cell: string, width: number, row: number): string {
  if (row === 1) return cell.replace(/-+/, '-'.repeat(width - cell.replaceAll('-', '').length))
  return cell + ' '.repeat(width - widthOf(cell))
}

const widthOf = (cell: string) => [...cell].length
