/** The account at the simulated provider: its process and the contenders' must agree on it. */
export const MERCHANT = {
  merchantCode: 'BENCH',
  username: 'bench-xml',
  password: 'bench-password',
} as const
