// Makes `npx counterfoil` work in a clone, from the sources. Plain JavaScript, because `npm install` runs it on
// whatever Node the machine has; the command itself runs on the Node of the `node` package.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const link = fileURLToPath(new URL('../node_modules/.bin/counterfoil', import.meta.url))
const script = `#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
exec "$root/node_modules/.bin/node" -C counterfoil-source "$root/src/cli/main.ts" "$@"
`
mkdirSync(dirname(link), { recursive: true })
writeFileSync(link, script)
chmodSync(link, 0o755)
