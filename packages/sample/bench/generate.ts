import { DEFAULT_SEED, sampleEvents } from '../src/index.ts';

/** Generation speed on one core: events and megabytes per second of processor time. Argument: scale (default 1). */
const scale = Number(process.argv[2] ?? 1);
const before = process.cpuUsage();
const started = performance.now();
let events = 0;
let bytes = 0;
for (const event of sampleEvents({ seed: DEFAULT_SEED, end: new Date('2026-03-18T15:00:00Z'), scale })) {
  events++;
  bytes += event.doc.length;
}
const { user, system } = process.cpuUsage(before);
const cpu = (user + system) / 1e6;
console.log(
  JSON.stringify({
    scale,
    events,
    megabytes: Math.round(bytes / 1e6),
    bytesPerEvent: Math.round(bytes / events),
    wallSeconds: Number(((performance.now() - started) / 1000).toFixed(2)),
    cpuSeconds: Number(cpu.toFixed(2)),
    eventsPerCpuSecond: Math.round(events / cpu),
  }),
);
