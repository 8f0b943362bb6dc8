/** True where a package can be imported: what only a gallery needs is left to who wants to have it. */
export function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}
