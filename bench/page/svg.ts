/** SVG by hand: a few elements as text, on a white ground, so that it reads the same on light and dark pages. */

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${typeof value === 'number' ? Number(value.toFixed(1)) : escapeText(value)}"`
  })
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly bold?: boolean
  readonly color?: string
}

export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { anchor = 'start', size = 12, bold = false, color = ink } = options
  const weight = bold ? { 'font-weight': 600 } : {}
  return element(
    'text',
    { x, y, 'text-anchor': anchor, 'font-size': size, fill: color, ...weight },
    escapeText(content)
  )
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes })
}

export function document(width: number, height: number, title: string, ...children: readonly string[]): string {
  const about = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' }
  const font = { 'font-family': 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif' }
  const ground = element('rect', { width, height, fill: '#ffffff' })
  return `${element('svg', { ...about, ...font }, element('title', {}, escapeText(title)), ground, `\n${children.join('\n')}\n`)}\n`
}

function escapeText(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

export const ink = '#1f2933'
export const pale = '#7b8794'
export const grid = '#e4e7eb'
