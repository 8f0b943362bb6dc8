import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import sparticuz, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** What the package's own arguments would switch off, or break: one process for all pages dies with a sandboxed frame. */
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']

/** A headless browser, as strict about what a page may do as a person's own. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...sparticuz.args.filter((arg) => !UNWANTED.includes(arg)), '--disable-background-networking'],
    // The libraries that it needs and small systems lack, which the package brings for the one system that it is made for.
    env: { ...process.env, LD_LIBRARY_PATH: join(await inflate(librariesFile()), 'lib') },
  })
}

function librariesFile(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  return join(dirname(entry), '../bin/al2023.tar.br')
}
