/**
 * `npm run site`: writes .site/html, every page of the repository and the reference of all that is public, by TypeDoc;
 * `site/look.ts` then looks at it. `npm run site:check` writes nothing. Both fail at a warning: a public name without a docstring, a type that is
 * used and not exported, a link that leads nowhere.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { errorTable } from '../src/core/error-table.ts'
import { verdicts } from '../src/health/verdicts.ts'
import { groups, writePages } from './site/pages.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
}

const generator = 'scripts/typedoc'
const stage = '.site/pages'
const repository = 'https://github.com/hubless/hubless'

/** TypeDoc has a folder and a lock file of its own; they are installed when they changed. */
function install(): void {
  const installed = `${generator}/node_modules/.package-lock.json`
  if (existsSync(installed) && statSync(installed).mtimeMs > statSync(`${generator}/package-lock.json`).mtimeMs) return
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync(npm, parameters, { cwd: generator, stdio: 'inherit', shell: process.platform === 'win32' })
}

/** The sources of the entries of package.json, as Node sees them. */
function entries(): string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
  const declarations = Object.values(exports).map((entry) =>
    /.*"types":"\.\/dist\/types\/(.*?)\.d\.ts"/.exec(JSON.stringify(entry))
  )
  return declarations.flatMap((found) => (found === null ? [] : [`src/${found[1]}.ts`]))
}

rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
install()
const pages = writePages(stage, repository)
const options = {
  name: 'hubless',
  entryPoints: entries().map((path) => resolve(path)),
  tsconfig: resolve('tsconfig.build.json'),
  readme: resolve(stage, 'README.md'),
  projectDocuments: pages.map((page) => resolve(stage, page)),
  out: resolve('.site/html'),
  // Who reads needs what can be called; what classes give to those which extend them is in api.txt.
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: true, rewrittenLink: true },
  // Of what types are made that users see by their own names.
  intentionallyNotExported: [
    'Absentable',
    'AllOptions',
    'AnySocket',
    'Answering',
    'Discarded',
    'DnsRecord',
    'HttpServer',
    'OptionName',
    'PatternName',
    'Payload',
    'PlatformTypes',
    'ReceivesRaw',
    'Receiving',
    'Sending',
    'SendsRaw',
    'Urls',
    'Waiting',
    'aspects',
    'clusterDropReasons',
    'detachReasons',
    'dropReasons',
    'levels',
    'rejectReasons',
    'states'
  ],
  // Names inside a type that is described as a whole, and in tables whose values are sentences.
  intentionallyNotDocumented: [
    'hubless.Body.__type.body',
    'hubless/cluster.DnsResolver.resolveSrv.__type.name',
    'hubless/cluster.DnsResolver.resolveSrv.__type.port',
    'hubless/discovery.Answer.__type.verb',
    'hubless/testing.LinkTarget.__type.url',
    'hubless/zmtp.curveKeyPair.__type.publicKey',
    'hubless/zmtp.curveKeyPair.__type.secretKey',
    ...Object.keys(errorTable).map((code) => `hubless.errorTable.__type.${code}`),
    ...Object.keys(verdicts).map((verdict) => `hubless/health.verdicts.__type.${verdict}`)
  ],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  disableGit: true,
  basePath: resolve('.'),
  sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}`,
  highlightLanguages: [
    'console',
    'dockerfile',
    'html',
    'ini',
    'javascript',
    'json',
    'shellscript',
    'typescript',
    'yaml'
  ],
  ignoredHighlightLanguages: ['mermaid', 'text'],
  groupOrder: [...Object.keys(groups), '*'],
  navigation: { includeGroups: true, includeCategories: false },
  sort: ['kind', 'instance-first', 'alphabetical-ignoring-documents'],
  includeHierarchySummary: false,
  customCss: resolve('scripts/site/style.css'),
  githubPages: false
}
writeFileSync('.site/typedoc.json', JSON.stringify(options, null, 2))
const check = process.argv.includes('--check')
try {
  const typedoc = `${generator}/node_modules/typedoc/bin/typedoc`
  const parameters = ['--options', '.site/typedoc.json', '--logLevel', 'Warn', ...(check ? ['--emit', 'none'] : [])]
  execFileSync(process.execPath, [typedoc, ...parameters], { stdio: 'inherit' })
} catch {
  process.exitCode = 1
}
