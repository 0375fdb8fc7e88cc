/** Generated from package.json by scripts/version.ts; do not edit. */
export const version = '0.1.0'
