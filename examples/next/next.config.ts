import type { NextConfig } from 'next'

const config: NextConfig = {
  // Counterfoil starts a thread from a file of its own: it stays in node_modules, and is not bundled.
  serverExternalPackages: ['counterfoil'],
}

export default config
