const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HOSTNAME_MISMATCH/

/** Whether an error's code is one with which OpenSSL or Node refuses a certificate. */
export function isCertificateFault(code: string | undefined): boolean {
  return code !== undefined && CERTIFICATE.test(code)
}
