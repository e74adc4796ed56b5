import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { simulate } from './simulate.ts'

const program = `import { simulate } from ${JSON.stringify(new URL('./simulate.ts', import.meta.url).href)}
process.exitCode = await simulate(process.argv.slice(1))`

function run(...argv: string[]) {
  return spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function refused(...argv: string[]): Promise<string> {
  const child = run(...argv)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 2)
  return errors
}

describe('counterfoil simulate', () => {
  it('prints addresses and credentials, answers, and ends cleanly on SIGTERM', async () => {
    const child = run('--port', '0', '--merchant-code', 'MYSHOP', '--time-scale', '60')
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    const printed = chunk.toString()
    assert.match(printed, /merchant code +MYSHOP/)
    assert.match(printed, /XML username +counterfoil-xml\n +XML password +counterfoil-password/)
    const control = /control +(http\S+)/.exec(printed)?.[1] ?? ''
    assert.equal((await fetch(`${control}health`)).status, 200)
    child.kill('SIGTERM')
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 0)
  })

  it('ends when it is told to, and shows its options', async () => {
    const stop = new AbortController()
    let printed = ''
    const write = (text: string) => {
      printed += text
      stop.abort()
    }
    assert.equal(await simulate(['--port', '0'], { write, stop: stop.signal }), 0)
    assert.match(printed, /payment service +http:\/\/127\.0\.0\.1:\d+\/worldpay\/jsp/)
    printed = ''
    assert.equal(await simulate(['--help'], { write }), 0)
    assert.match(printed, /--time-scale N/)
  })

  it('prints the payer’s addresses and where notifications go', async () => {
    const stop = new AbortController()
    let printed = ''
    const write = (text: string) => {
      printed += text
      stop.abort()
    }
    const options = [
      '--notification-url',
      'http://127.0.0.1:1/confirm',
      '--notification-username',
      'worldpay',
    ]
    await simulate(['--port', '0', ...options, '--notification-password', 'hush'], {
      write,
      stop: stop.signal,
    })
    assert.match(printed, /hosted page +http:\S+\/worldpay\/hosted\n/)
    assert.match(printed, /challenge +http:\S+\/worldpay\/challenge\n/)
    assert.match(printed, /device data +http:\S+\/worldpay\/shopper\/3ds\/ddc\.html\n/)
    assert.match(printed, /notifications +http:\/\/127\.0\.0\.1:1\/confirm\n/)
    assert.doesNotMatch(printed, /hush/)
  })

  it('names what is wrong, and what is allowed', async () => {
    const answers = await Promise.all([
      refused('--port', 'x'),
      refused('--time-scale', '0'),
      refused('--capture-delay', 'soon'),
      refused('--colour', 'red'),
      refused('--merchant-code', 'a b'),
      refused('--notification-url', 'ftp://127.0.0.1/'),
    ])
    assert.match(answers[0], /--port is 'x'; allowed is a number from 0 to 65535/)
    assert.match(answers[1], /--time-scale is '0'/)
    assert.match(answers[2], /--capture-delay is 'soon'; allowed is OFF or a number from 0 to 14/)
    assert.match(answers[3], /--colour/)
    assert.match(answers[4], /'merchantCode'/)
    assert.match(answers[5], /'notificationUrl'/)
  })
})
