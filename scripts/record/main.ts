import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Viewer } from '../../test/e2e/browser.ts'
import { Demo } from '../../test/e2e/demo.ts'
import { root } from '../program.ts'
import { animated, type Frame } from './apng.ts'
import { Camera } from './camera.ts'
import { scenes } from './scenes.ts'

// npm run record: plays the demo shop in a browser, and makes the picture of it in the README.

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'docs/pictures/two-minutes.png' } },
})
const ORDERS = 200
/** What of the table fits into a picture: its heading, some faults, and how it ends. */
const HEAD_LINES = 6
const TAIL_LINES = 25

const demo = await Demo.open({ timeScale: 60 })
const viewer = await Viewer.open('record')
try {
  const frames: Frame[] = []
  const camera = await Camera.open(viewer, (frame) => frames.push(frame))
  for (const scene of scenes) {
    process.stderr.write(`${scene.name}\n`)
    await scene.play({ demo, camera })
  }
  const table = spawnSync(
    process.execPath,
    ['-C', 'counterfoil-source', 'demo/main.ts', '--orders', String(ORDERS)],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (table.status !== 0) throw new Error(`npm run demo ended with ${table.status}:\n${table.stdout}`)
  const lines = table.stdout.trim().split('\n')
  await camera.showText(
    `npm run demo: ${ORDERS} orders, every fault, a server killed again and again. No double charge, no difference.`,
    ['$ npm run demo', ...lines.slice(0, HEAD_LINES), '…', ...lines.slice(-TAIL_LINES)].join('\n'),
    12_000,
  )
  const file = join(root, values.out)
  mkdirSync(join(file, '..'), { recursive: true })
  const picture = animated(frames)
  writeFileSync(file, picture)
  const seconds = frames.reduce((sum, { shownMs }) => sum + shownMs, 0) / 1_000
  process.stdout.write(
    `${values.out}: ${frames.length} pictures, ${seconds} s, ${Math.round(picture.length / 1_024)} KiB\n`,
  )
} finally {
  await viewer.close()
  await demo.close()
}
