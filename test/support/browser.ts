import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** What the package's own arguments would switch off, or break: one process for all pages dies with a sandboxed frame. */
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']

/** A headless browser, as strict about what a page may do as a person's own. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...sparticuz.args.filter((arg) => !UNWANTED.includes(arg)), '--disable-background-networking'],
  })
}
