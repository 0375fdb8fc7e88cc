// Every entry by `require` and by `import` in one process: what is exported is the same.
const manifest = require('hubless/package.json')

async function main() {
  for (const entry of Object.keys(manifest.exports).filter((name) => name !== './package.json')) {
    const name = `hubless${entry.slice(1)}`
    const [required, imported] = [require(name), await import(name)]
    const names = Object.keys(required)
    if (names.length === 0) throw new Error(`${name} exports nothing`)
    const missing = names.filter((key) => imported[key] !== required[key])
    if (missing.length > 0) throw new Error(`${name}: not the same by import: ${missing}`)
  }
  await import('./node.mjs')
}

main()
