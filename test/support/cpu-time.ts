/** Seconds of processor time that `work` takes, in this process: unlike those of a clock they do not grow with what else the machine does. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
