/**
 * Priorities of callbacks of the memory notifier and of the node notifier (include/linux/memory.h,
 * the newest kernels; the numbers are older than their names). The higher, the earlier it is
 * called. Drivers such as virtio-mem and hv_balloon leave it at 0.
 */
export const CallbackPriority = {
  default: 0,
  slab: 1,
  cxl: 5,
  hmat: 6,
  computeBatch: 10,
  cpuset: 10,
  memoryTier: 100,
  ksm: 100,
} as const;
