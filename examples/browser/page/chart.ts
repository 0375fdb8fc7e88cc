/** Messages per second over the last minute, as bars. */
const seconds = 60

export class Chart {
  /** Messages in each of the last seconds, the current one last. */
  readonly #bars: number[] = new Array(seconds).fill(0)
  readonly #canvas: HTMLCanvasElement

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    setInterval(() => {
      this.#bars.shift()
      this.#bars.push(0)
      this.#draw()
    }, 1000)
    setInterval(() => this.#draw(), 250)
  }

  count(): void {
    this.#bars[seconds - 1] = (this.#bars[seconds - 1] ?? 0) + 1
  }

  /** Messages in the last whole second. */
  get rate(): number {
    return this.#bars[seconds - 2] ?? 0
  }

  #draw(): void {
    const pen = this.#canvas.getContext('2d')
    if (pen === null) return
    // As many dots as the screen shows, so that nothing is stretched; setting the size also clears.
    const { clientWidth: width, clientHeight: height } = this.#canvas
    this.#canvas.width = width * devicePixelRatio
    this.#canvas.height = height * devicePixelRatio
    pen.scale(devicePixelRatio, devicePixelRatio)
    const top = Math.max(10, ...this.#bars)
    pen.strokeStyle = '#d9e0e7'
    pen.fillStyle = '#607080'
    pen.font = '12px system-ui, sans-serif'
    for (const share of [0, 0.5, 1]) {
      const y = 14 + (1 - share) * (height - 20)
      pen.beginPath()
      pen.moveTo(40, y)
      pen.lineTo(width, y)
      pen.stroke()
      pen.fillText(String(Math.round(top * share)), 4, y + 4)
    }
    pen.fillStyle = '#0b6e8f'
    const step = (width - 44) / seconds
    for (const [i, count] of this.#bars.entries()) {
      const size = (count / top) * (height - 20)
      pen.fillRect(44 + i * step, height - 6 - size, step - 2, size)
    }
  }
}
