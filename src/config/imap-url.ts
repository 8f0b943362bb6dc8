import { didYouMean } from './suggest.ts'

/** What to do about a URL that fell apart; the value itself is never repeated, for it holds a password. */
const FORM =
  'is not of the form imaps://user:password@host:port/INBOX or imap://… (percent-encode special characters in user, ' +
  'password and folder: # as %23, / as %2F, ? as %3F, @ as %40)'
const PARAMETERS = ['moveTo', 'requireTLS']

/** What is wrong with a URL of the mailbox for bounces; empty where nothing is. */
export function imapUrlFaults(value: string): readonly string[] {
  const url = URL.parse(value)
  if (url === null || !/^imaps?:$/.test(url.protocol) || url.hostname === '' || url.hash !== '') return [FORM]
  const { username, password, pathname, searchParams } = url
  if (![username, password, pathname].every(isPercentEncoded) || pathname.includes('@')) return [FORM]
  if (/\p{Cc}/u.test(decodeURIComponent(`${username}${password}${pathname}`))) return ['holds a control character']
  return [
    ...(username === '' || password === '' ? ['has no user and password; a mailbox is opened by both'] : []),
    ...[...searchParams].flatMap(([name, setTo]) => parameterFaults(name, setTo)),
  ]
}

function parameterFaults(name: string, setTo: string): readonly string[] {
  if (name === 'requireTLS') return /^(?:true|false)$/.test(setTo) ? [] : ['has a requireTLS that is not true or false']
  if (name === 'moveTo') return setTo === '' ? ['has a moveTo that names no folder'] : []
  const known = didYouMean(name, PARAMETERS) || `; there are ${PARAMETERS.join(' and ')}`
  return [`has an unknown parameter${known} (of a password, ? is written %3F)`]
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
