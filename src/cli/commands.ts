import type { CommandEntry } from './command.ts'

/**
 * Every command, in the order of `--help`: first what an operator meets first. An entry looks like
 * `{ name: 'migrate', summary: 'create or update our own tables', load: () => import('./migrate.ts') }`.
 */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'migrate', summary: 'create or update our own tables', load: () => import('./migrate.ts') },
  {
    name: 'import',
    summary: 'fill the starter billing tables from CSV or JSON Lines',
    load: () => import('./import.ts'),
  },
  {
    name: 'dry-run',
    summary: 'show whom a run would mail, and who is skipped and why',
    load: () => import('./dry-run.ts'),
  },
  {
    name: 'simulate',
    summary: 'show every mail that a period would bring, under these rules or others',
    load: () => import('./simulate.ts'),
  },
  { name: 'run', summary: 'sweep once, deliver everything due, and exit', load: () => import('./run.ts') },
  { name: 'start', summary: 'run the service: scheduler, delivery, HTTP', load: () => import('./start.ts') },
  {
    name: 'explain',
    summary: 'tell who was told what of a grant, an account or an address, or why not',
    load: () => import('./explain.ts'),
  },
  {
    name: 'proof',
    summary: 'write what shows that somebody was told: the mails as sent, and what the mail server said',
    load: () => import('./proof.ts'),
  },
  {
    name: 'doctor',
    summary: 'check settings, database, templates and mail server, and say what to do',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'preview',
    summary: 'show the mails in the browser, or write them to files',
    load: () => import('./preview.ts'),
  },
  {
    name: 'templates',
    summary: "copy the mails' templates, to make your own of",
    load: () => import('./templates.ts'),
  },
  { name: 'send-test', summary: 'send one mail, marked as a test', load: () => import('./send-test.ts') },
  {
    name: 'status',
    summary: 'show in one screen what ran, what waits, what failed, and what needs a person',
    load: () => import('./status.ts'),
  },
  { name: 'sweeps', summary: 'list the latest sweeps, and those held for approval', load: () => import('./sweeps.ts') },
  { name: 'approve', summary: 'let a held sweep go out', load: () => import('./approve.ts') },
  { name: 'discard', summary: 'end a held sweep without sending', load: () => import('./discard.ts') },
  { name: 'audit', summary: 'check the ledger against itself', load: () => import('./audit.ts') },
  {
    name: 'suppress',
    summary: 'keep mail from addresses: add, remove, list, import, export',
    load: () => import('./suppress.ts'),
  },
  {
    name: 'forget',
    summary: "take a person's address, and the copies of their mails, out of the ledger",
    load: () => import('./forget.ts'),
  },
  { name: 'bounces', summary: 'read the mailbox that bounces come to', load: () => import('./bounces.ts') },
  {
    name: 'retry',
    summary: 'put failed mails back after what made them fail was mended',
    load: () => import('./retry.ts'),
  },
  {
    name: 'completion',
    summary: 'print what lets a shell complete commands and options',
    load: () => import('./completion.ts'),
  },
  { name: 'demo', summary: 'show it all on this machine, with a company of its own', load: () => import('./demo.ts') },
]
