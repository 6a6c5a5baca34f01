// Where the rows of a long list stand, when each has its own height and only those on the screen are in the page. Pure.

/** Heights of `count` rows, some measured, the rest estimated; offsets are kept as sums and repaired from the first change on. */
export class Heights {
  #heights: Float64Array;
  #offsets: Float64Array;
  #count = 0;
  #dirty = 0;

  constructor(private readonly estimate: number) {
    this.#heights = new Float64Array(64);
    this.#offsets = new Float64Array(65);
  }

  get count(): number {
    return this.#count;
  }

  /** Sets how many rows there are; rows that stay keep their height. */
  resize(count: number): void {
    if (count > this.#heights.length) {
      const room = Math.max(count, this.#heights.length * 2);
      const heights = new Float64Array(room);
      heights.set(this.#heights);
      const offsets = new Float64Array(room + 1);
      offsets.set(this.#offsets);
      this.#heights = heights;
      this.#offsets = offsets;
    }
    for (let i = this.#count; i < count; i++) this.#heights[i] = this.estimate;
    this.#dirty = Math.min(this.#dirty, this.#count, count);
    this.#count = count;
  }

  /** Sets a measured height; gives by how much it differs from what was assumed. */
  set(index: number, height: number): number {
    if (index < 0 || index >= this.#count) return 0;
    const difference = height - (this.#heights[index] ?? 0);
    if (difference !== 0) {
      this.#heights[index] = height;
      this.#dirty = Math.min(this.#dirty, index);
    }
    return difference;
  }

  /** Where row `index` begins; of `count`, where the list ends. */
  offset(index: number): number {
    this.#repair();
    return this.#offsets[Math.max(0, Math.min(index, this.#count))] ?? 0;
  }

  get total(): number {
    return this.offset(this.#count);
  }

  /** The row at height `y`. */
  at(y: number): number {
    this.#repair();
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle + 1] ?? 0) <= y) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, Math.max(0, this.#count - 1));
  }

  #repair(): void {
    for (let i = this.#dirty; i < this.#count; i++) {
      this.#offsets[i + 1] = (this.#offsets[i] ?? 0) + (this.#heights[i] ?? 0);
    }
    this.#dirty = this.#count;
  }
}
