import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileBytes } from './header.ts'
import { fileSpool } from './index.ts'
import { OWNER, recordOf } from './spool.test-data.ts'

const BYTES = 64 * 1024

describe('the file of a spool', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-spool-'))
    path = join(folder, 'below', 'answers.spool')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('takes its room when it is made, for its owner alone, and is there again after a restart', async () => {
    const spool = fileSpool(path, { bytes: BYTES })
    assert.deepEqual(await spool.open(OWNER), { torn: false, damaged: 0 })
    const { size, blocks, mode } = statSync(path)
    assert.equal(size, fileBytes(BYTES))
    assert.ok(blocks * 512 >= size, 'no holes')
    assert.equal(mode & 0o777, 0o600)
    await spool.add(recordOf('a'))
    assert.equal(statSync(path).size, size)
    await spool.close()
    const next = fileSpool(path, { bytes: BYTES })
    await next.open(OWNER)
    assert.deepEqual(next.entries(), [recordOf('a')])
    assert.equal(next.name, `spool ${path}`)
    await next.close()
  })

  it('belongs to one process, and another one is told which', async () => {
    const script = `
      const { fileSpool } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      await fileSpool(${JSON.stringify(path)}, { bytes: ${BYTES} }).open({ nodeId: 'node-1' })
      console.log('open')
      setInterval(() => {}, 1_000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    await once(child.stdout, 'data')
    const spool = fileSpool(path, { bytes: BYTES })
    await assert.rejects(spool.open({ nodeId: 'node-2' }), {
      code: 'CF_SPOOL_OWNED',
      message: new RegExp(`process ${child.pid} on .* owns .*answers\\.spool`),
    })
    // Beside one another, as in a deploy: each has a file of its own.
    const beside = fileSpool(path, { bytes: BYTES, filesMax: 2 })
    await beside.open({ nodeId: 'node-2' })
    assert.equal(beside.name, `spool ${path}.2`)
    await beside.close()
    child.kill('SIGKILL')
    await gone
    await spool.open({ nodeId: 'node-2' })
    await spool.close()
  })

  it('is made whole or not at all', async () => {
    const spool = fileSpool(path, { bytes: BYTES })
    await spool.open(OWNER)
    await spool.close()
    assert.deepEqual(
      readdirSync(join(folder, 'below')).filter((name) => !name.includes('owner')),
      ['answers.spool'],
    )
    // What a crash has left of one that was being made is written over.
    rmSync(path)
    writeFileSync(`${path}-new`, 'half of it')
    const again = fileSpool(path, { bytes: BYTES })
    await again.open(OWNER)
    assert.equal(again.size, 0)
    await again.close()
  })

  it('that cannot be made, or is somebody else’s, is a clear error, and the lock is free again', async () => {
    const spool = fileSpool(path, { bytes: BYTES })
    await spool.open(OWNER)
    await spool.close()
    const notes = 'the notes of somebody else'
    writeFileSync(path, notes)
    const wrong = fileSpool(path, { bytes: BYTES })
    await assert.rejects(wrong.open(OWNER), { code: 'CF_SPOOL_UNAVAILABLE', message: /is no spool/ })
    assert.equal(readFileSync(path, 'utf8'), notes)
    rmSync(path)
    await wrong.open(OWNER)
    await wrong.close()
    if (process.getuid?.() === 0) return
    chmodSync(path, 0o400)
    await assert.rejects(wrong.open(OWNER), { code: 'CF_SPOOL_UNAVAILABLE', message: /EACCES/ })
  })

  it('ends the process with code 70 when it could not be flushed, before anybody is told (F10)', async () => {
    const preload = `
      import { open } from 'node:fs/promises'
      const handle = await open('/dev/null', 'r')
      const prototype = Object.getPrototypeOf(handle)
      await handle.close()
      let flushes = 0
      const datasync = prototype.datasync
      prototype.datasync = async function () {
        if (++flushes === 2) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
        return datasync.call(this)
      }`
    const script = `
      const { fileSpool } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      const { recordOf } = await import(${JSON.stringify(new URL('./spool.test-data.ts', import.meta.url).href)})
      const spool = fileSpool(${JSON.stringify(path)}, { bytes: ${BYTES} })
      await spool.open({ nodeId: 'node-1' })
      for (const id of ['a', 'b', 'c'])
        await spool.add(recordOf(id)).then(() => console.log(id), (error) => console.log('told ' + error.code))`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
    })
    const [said, complained, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ])
    assert.equal(code, 70, complained)
    assert.equal(said, 'a\n')
    assert.match(complained, /counterfoil: .*answers\.spool: EIO: .* so this process ends\n$/)
  })

  it('is refused with bounds that cannot be', () => {
    for (const options of [
      { bytes: 1 },
      { bytes: 1e12 },
      { highWaterBytes: 0 },
      { filesMax: 0 },
      { bytes: BYTES, highWaterBytes: BYTES + 1 },
    ])
      assert.throws(() => fileSpool(path, options), { code: 'CF_CONFIG' })
  })
})
