import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** A command line and the account to start it under, as `execFile` takes them. */
export interface Launch {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/**
 * PostgreSQL refuses to run as root. Under root it runs as the owner of the data; for new data, as an account that is
 * already there (`postgres`, else `nobody`), so that nothing is added to the machine.
 * @param owner who owns the data that is there, or null
 * @returns null for an ordinary user, who runs it as themselves.
 */
export function accountForRoot(owner: { uid: number; gid: number } | null): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(readAccount);
  if (owner && owner.uid !== 0) {
    const known = accounts.find(account => account?.uid === owner.uid);
    return { name: known?.name ?? `number ${owner.uid}`, ...owner };
  }
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(candidate => candidate?.name === name);
    if (account) return account;
  }
  return null;
}

function readAccount(line: string): Account | null {
  const [name = '', , uid = '', gid = ''] = line.split(':');
  // Some systems write nobody's number as -2.
  return /^-?\d+$/.test(uid) ? { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 } : null;
}

/**
 * How to start a program as an account. Where root's own folder (mode 700, as /root is) would shut the account out,
 * the program is started through `setpriv` with the one capability to pass through folders and read: the caller is
 * root and could do that and far more.
 * @param paths what the program must reach
 * @returns null when the account cannot be let in
 */
export function launchAs(
  account: Account | null,
  file: string,
  args: string[],
  paths: string[],
): Launch | null {
  if (!account) return { file, args };
  if ([file, ...paths].every(path => mayReach(account, path)))
    return { file, args, uid: account.uid, gid: account.gid };
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(path => existsSync(path));
  if (setpriv === undefined) return null;
  // A program that others may not execute at all (npm under umask 077) needs the stronger capability.
  const capability = statSync(file).mode & 0o001 ? '+dac_read_search' : '+dac_override';
  return {
    file: setpriv,
    args: [
      // Without this the kernel's access() check, which PostgreSQL uses to find itself, ignores the capability.
      '--securebits=+no_setuid_fixup',
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      file,
      ...args,
    ],
  };
}

/** Whether every folder above a path lets the account through, and the path itself too. */
function mayReach(account: Account, path: string): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
