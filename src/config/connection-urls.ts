import { didYouMean } from './suggest.ts'

/** What to do about a URL that fell apart; the value itself is never repeated, for it holds a password. */
const ENCODE = 'percent-encode special characters in user and password (# as %23, / as %2F, ? as %3F, @ as %40)'
const DATABASE_FORM = `is not of the form postgresql://user:password@host/database (${ENCODE})`
const SMTP_FORM = `is not of the form smtp://user:password@host:port or smtps://… (${ENCODE})`

/** What the driver knows (pg-connection-string, `parse`); any other it would take, without a word, for verify-full. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const TAKEN_FOR_VERIFY_FULL = /(?<=[?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g

/**
 * What is wrong with a URL of the database; empty where nothing is. An unencoded `#`, `/` or `?` ends the part of the
 * URL that holds the password: the rest of it would be looked up as a host, or stand in errors as a database's name.
 */
export function databaseUrlFaults(value: string): readonly string[] {
  // The driver takes a URL without a host too (a Unix socket), which the URL class does not; and a % that begins no code.
  const url = URL.parse(value.replace(/^(\w+:\/\/(?:[^/]*@)?)(?=\/)/, '$1socket').replace(/%(?![\da-f]{2})/gi, '%25'))
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || !isPercentEncoded(url)) return [DATABASE_FORM]
  const { searchParams } = url
  const isWhole = url.hash === '' && !url.pathname.includes('@') && [...searchParams.keys()].every(isName)
  if (!isWhole) return [DATABASE_FORM]
  return [
    ...searchParams
      .getAll('sslmode')
      .filter((mode) => !SSL_MODES.includes(mode))
      .map((mode) => `has an unknown sslmode${didYouMean(mode, SSL_MODES)}; there are ${SSL_MODES.join(', ')}`),
    ...(demandsAuthority(searchParams) ? ['has sslmode=verify-ca without sslrootcert, the file of the authority'] : []),
  ]
}

/**
 * The URL with what the driver makes of its `sslmode` written out. It takes `prefer`, `require` and `verify-ca` for
 * `verify-full`, which is the safe reading (a TLS line whose other end is not verified hides the password from nobody
 * who can redirect it), and warns at every start that its next major version will not. So it is given `verify-full`:
 * nothing to warn of, and nothing that an update of the driver would weaken. `uselibpqcompat=true` asks for the
 * weaker meaning of libpq by name, and is left as it is.
 */
export function withExplicitTls(value: string): string {
  const [, query = ''] = value.split('?', 2)
  return isLibpqCompatible(new URLSearchParams(query)) ? value : value.replace(TAKEN_FOR_VERIFY_FULL, 'verify-full')
}

/** What is wrong with a URL of the mail server; empty where nothing is. */
export function smtpUrlFaults(value: string): readonly string[] {
  const url = URL.parse(value)
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !isPercentEncoded(url))
    return [SMTP_FORM]
  if (url.hash !== '' || !/^\/?$/.test(url.pathname)) return [SMTP_FORM]
  const { username, password, searchParams } = url
  return [
    ...((username === '') === (password === '') ? [] : ['has a user or a password and not the other; give both']),
    ...[...searchParams].flatMap(([name, setTo]) => smtpParameterFaults(name, setTo)),
  ]
}

function smtpParameterFaults(name: string, setTo: string): readonly string[] {
  if (name === 'requireTLS') return /^(?:true|false)$/.test(setTo) ? [] : ['has a requireTLS that is not true or false']
  const known = didYouMean(name, ['requireTLS']) || '; there is only requireTLS'
  return [`has an unknown parameter${known} (of a password, ? is written %3F)`]
}

function demandsAuthority(params: URLSearchParams): boolean {
  return isLibpqCompatible(params) && params.get('sslmode') === 'verify-ca' && !params.get('sslrootcert')
}

function isLibpqCompatible(params: URLSearchParams): boolean {
  return params.get('uselibpqcompat') === 'true'
}

function isName(text: string): boolean {
  return /^\w+$/.test(text)
}

function isPercentEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username)
    decodeURIComponent(password)
    return true
  } catch {
    return false
  }
}
