/**
 * Nothing from anywhere else, no frames; forms and what they lead to stay on this origin. Pages have no script but the
 * one of a page that looks again by itself.
 */
export function policyFor({ scripts }: { readonly scripts: boolean }): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ...(scripts ? ["script-src 'self'", "connect-src 'self'"] : []),
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}
