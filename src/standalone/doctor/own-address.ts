import type { CheckedConfiguration } from '../check-configuration.ts'

/** Where this machine's own programs find the server, whatever host it listens on. */
export function ownAddress({ listen: { host, port } }: CheckedConfiguration): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** True for names and addresses that lead nowhere but to the machine itself. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  )
}
