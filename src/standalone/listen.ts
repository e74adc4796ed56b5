import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failure } from '../errors.ts'

/** Longer than what balancers keep, so that they close an idle connection, and not we in the moment of a request. */
const KEEP_ALIVE_MS = 75_000

export interface Listening {
  /** Where it listens, for people: `http://127.0.0.1:3080`. */
  readonly url: string
  /** Takes no connection any more, and ends those that have nothing to do. */
  close(): void
  /** Ends all others too; resolves when the port is free. */
  end(): Promise<void>
}

/**
 * Listens for HTTP.
 *
 * @throws CF_CONFIG for an address that cannot be listened on, with what to do about it.
 */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  onRequest: RequestListener,
): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, onRequest)
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(notListening(error, host, port))
    server.once('error', refuse)
    server.listen(port, host, () => {
      server.off('error', refuse)
      resolve()
    })
  })
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
  return {
    url: urlOf(server, host),
    close: () => {
      if (server.listening) server.close()
      server.closeIdleConnections()
    },
    end: async () => {
      if (server.listening) server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The system's code as what it means for the one who configures. */
function notListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process has it: stop that one, or choose another port',
    EACCES: 'this user may not: choose a port from 1024 on, with a proxy in front of it',
    EADDRNOTAVAIL: 'the host is no address of this machine: 127.0.0.1 is, and 0.0.0.0 stands for all of them',
    ENOTFOUND: 'the host has no address: use one, such as 127.0.0.1',
  }
  const reason = why[error.code ?? ''] ?? error.message
  return failure('CF_CONFIG', `listen: cannot listen on ${host}, port ${port}; ${reason}`, {}, error)
}
