import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own folder. This file lies one level below it, as `src/paths.ts` and as `dist/paths.js`. */
export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)))

export const templatesFolder = join(packageFolder, 'templates')
export const prismaFolder = join(packageFolder, 'prisma')
