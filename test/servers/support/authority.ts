import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where a certificate and its key lie. */
export type Certificate = Readonly<{ cert: string; key: string }>

/** An authority that nobody has heard of, until its certificate is named to them. */
export type Authority = Readonly<{
  /** Its own certificate, for NODE_EXTRA_CA_CERTS. */
  cert: string
  /** A certificate for the names of a host: `DNS:localhost,IP:127.0.0.1`. */
  certify: (file: string, names: string) => Promise<Certificate>
}>

const DAYS = '2'

/** Founds an authority in a folder; OpenSSL does the work, because Node can read certificates and not make them. */
export async function foundAuthority(folder: string, name: string): Promise<Authority> {
  const own = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  await request(own, name, [])
  return {
    cert: own.cert,
    certify: async (file, names) => {
      const certificate = { cert: join(folder, `${file}.pem`), key: join(folder, `${file}.key`) }
      await request(certificate, file, [
        ...['-CA', own.cert, '-CAkey', own.key],
        ...['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ])
      return certificate
    },
  }
}

async function request({ cert, key }: Certificate, name: string, more: readonly string[]): Promise<void> {
  await run('openssl', [
    ...['req', '-x509', '-days', DAYS, '-subj', `/CN=${name}`],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert],
    ...more,
  ])
}
