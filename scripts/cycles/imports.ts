/** What a module names in imports and exports of any form. Comments and texts may hold something that looks like one. */
const parts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:[^`\\]|\\[\s\S])*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g
const clause = /(?:^|[\s;}])(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"\n]+)\1/g
const bare = /(?:^|[\s;}])import\s*(['"])([^'"\n]+)\1/g
const call = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g

export function importsOf(text: string): string[] {
  const code = text.replace(parts, (part) => (/^['"]/.test(part) ? part : part.startsWith('`') ? '``' : ' '))
  const found = [clause, bare, call].flatMap((form) => Array.from(code.matchAll(form), ([, , path = '']) => path))
  return [...new Set(found)]
}
