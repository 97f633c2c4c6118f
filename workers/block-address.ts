/** 128 MiB: what `block_size_bytes` says. */
const blockBytes = 0x8000000;

/** The physical address at which a block begins, as user space writes it to `probe`. */
export function addressOf(block: number): string {
  return `0x${(block * blockBytes).toString(16)}`;
}
