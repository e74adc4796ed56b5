import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came, so that a test can send it again. */
export interface Taken {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
}

export interface CgiServer extends AsyncDisposable {
  readonly url: string
  readonly taken: readonly Taken[]
}

/** As much of a web server as it takes to run one CGI program (RFC 3875). */
export async function cgiServer(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<CgiServer> {
  const taken: Taken[] = []
  const run = (method: string, headers: Taken['headers'], body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const variables = Object.entries(headers).map(
        ([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value] as const,
      )
      const env = {
        ...Object.fromEntries(variables),
        ...environment,
        PATH: process.env['PATH'],
        REQUEST_METHOD: method,
        CONTENT_LENGTH: String(body.length),
      }
      const child = spawn(program, { env, stdio: ['pipe', 'pipe', 'inherit'], timeout: 30_000 })
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.on('error', reject)
      child.on('close', (code) =>
        code === 0
          ? resolve(Buffer.concat(chunks).toString())
          : reject(new Error(`it ended with ${String(code)}`)),
      )
      // A program that does not read its input may end before it was written.
      child.stdin.on('error', () => child.stdin.destroy())
      child.stdin.end(body)
    })
  const serve = async (request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> => {
    const headers = request.headers as Taken['headers']
    let status = 500
    try {
      const printed = await run(request.method ?? '', headers, body)
      status = Number(/^Status: (\d{3})/.exec(printed)?.[1] ?? 200)
    } catch (error) {
      console.error(error)
    }
    taken.push({ headers, body: body.toString(), status })
    response.writeHead(status).end()
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => void serve(request, Buffer.concat(chunks), response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    taken,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
