import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second of /proc, on every Linux of today (proc(5), USER_HZ). */
const TICKS = 100;

/** Milliseconds of processor time that a process used so far. Linux only. */
export function cpuOf(pid: number): number {
  const [user = 0, system = 0] = fields(pid).slice(11, 13).map(Number);
  return ((user + system) / TICKS) * 1000;
}

/** The same of a process and its children, those that ended included. */
export function cpuOfFamily(pid: number): number {
  const ended = fields(pid).slice(13, 15).map(Number);
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(child => parentOf(child) === pid);
  const living = children.reduce((sum, child) => sum + cpuOf(child), cpuOf(pid));
  return living + (ended.reduce((sum, ticks) => sum + ticks, 0) / TICKS) * 1000;
}

/** 0 for one that is no more. */
export function parentOf(pid: number): number {
  return Number(fields(pid)[1] ?? 0);
}

/** What follows the command of /proc/PID/stat, which may hold anything; nothing of a process that is no more. */
function fields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
