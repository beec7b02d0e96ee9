import { randomInt } from 'node:crypto';
import { type Access, AccessAdmin } from '@parapet/access';
import { ParapetError, type ProviderInput, ROLES, type Role } from '@parapet/schema';
import type { KeyRing, StateDb } from '@parapet/state';
import { reseal } from './reseal.ts';

/** What a command works on: the rooms of a running server, or the data folder opened for the command alone. */
export interface AdminWorld {
  readonly access: Access;
  readonly db: StateDb;
  readonly sealer: KeyRing;
  /** Origin for links and addresses of providers. */
  readonly base: string;
  /** True inside a server: others hold sealed values in memory. */
  readonly running: boolean;
}

/** A command as the command line sends it. */
export interface AdminRequest {
  /** `users list`, `audit verify`, … */
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

export interface AdminAnswer {
  readonly lines: readonly string[];
  /** 0 done, 1 what was asked for is not so (a broken chain), 2 wrong use. */
  readonly exit: 0 | 1 | 2;
}

/** One word of a list of words would be guessable; 20 letters and digits without look-alikes are 100 bits. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
function newPassword(): string {
  const letters = Array.from({ length: 20 }, () => LETTERS[randomInt(LETTERS.length)]);
  return (letters.join('').match(/.{5}/g) as string[]).join('-');
}

const done = (...lines: string[]): AdminAnswer => ({ lines, exit: 0 });
const misuse = (line: string): AdminAnswer => ({ lines: [line], exit: 2 });

/** Who the audit log says did it: somebody with a shell on the machine. */
const ACTOR = 'command line';

/**
 * Run one command.
 * @throws ParapetError for what cannot be done, in words for the person at the shell
 */
export async function runAdmin(world: AdminWorld, request: AdminRequest): Promise<AdminAnswer> {
  const admin = new AccessAdmin(world.access, ACTOR);
  const { args, flags } = request;
  const [first] = args;
  switch (request.command) {
    case 'users list': {
      const users = await admin.users();
      if (users.length === 0)
        return done('Nobody has an account yet. parapet setup-link makes the link for the first one.');
      return done(
        table([
          ['User name', 'Name', 'Role', 'State', 'Factors', 'Signs in', 'Last sign-in'],
          ...users.map((user) => [
            user.username,
            user.displayName,
            user.role ?? 'by assignment',
            [user.disabled ? 'disabled' : 'active', user.breakGlass ? 'break-glass' : ''].filter(Boolean).join(', '),
            user.factors.join('+') || 'none',
            user.provider ?? 'here',
            user.lastSignInAt ?? 'never',
          ]),
        ]),
      );
    }
    case 'users add': {
      if (!first) return misuse('Say the user name: parapet users add <name> --role <role>');
      const role = String(flags.role ?? 'globalAdministrator');
      if (!(ROLES as readonly string[]).includes(role)) return misuse(`--role must be one of ${ROLES.join(', ')}.`);
      const password = newPassword();
      await admin.add(first, role as Role, password, flags['break-glass'] === true);
      return done(
        `${first} was added as ${role}. Password, to be changed at the first sign-in:`,
        '',
        `  ${password}`,
        '',
      );
    }
    case 'users reset-password': {
      if (!first) return misuse('Say whose: parapet users reset-password <name>');
      const password = newPassword();
      const ended = await admin.resetPassword(first, password);
      return done(
        `The password of ${first} was changed and ${ended} sessions ended. New one, to be changed at the next sign-in:`,
        '',
        `  ${password}`,
        '',
      );
    }
    case 'users remove-factors':
      if (!first) return misuse('Say whose: parapet users remove-factors <name>');
      await admin.removeFactors(first);
      return done(`${first} has no second factor any more and is signed out everywhere.`);
    case 'users unlock':
      if (!first) return misuse('Say whom: parapet users unlock <name>');
      await admin.unlock(first);
      return done(
        `${first} may sign in: the account is enabled and failed attempts are forgotten${world.running ? '' : ' (a server that starts has none anyway)'}.`,
      );
    case 'users break-glass':
      if (!first) return misuse('Say whom: parapet users break-glass <name> [--off]');
      await admin.setBreakGlass(first, flags.off !== true);
      return done(`${first} is ${flags.off === true ? 'no longer' : 'now'} a break-glass account.`);
    case 'setup-link':
      if (!world.running)
        return {
          lines: ['Start the server: while nobody has an account it prints a new link at every start.'],
          exit: 1,
        };
      return done(
        'Create the first administrator here (works once):',
        `  ${world.base}/setup?token=${await world.access.resetSetupToken()}`,
      );
    case 'audit verify': {
      const result = await world.access.verifyAudit();
      if (!result.ok)
        return {
          lines: [
            `The audit log is NOT as it was written: ${result.reason}`,
            `First entry that does not fit: ${result.brokenAt}. Entries in order before it: ${result.entries}.`,
          ],
          exit: 1,
        };
      return done(
        `The audit log is as it was written: ${result.entries} entries${result.removed ? `, older ones up to ${result.removed} went for their age` : ''}.`,
        `${result.sealed ? 'Sealed by this installation. ' : ''}Newest hash: ${result.head}`,
      );
    }
    case 'keys rotate': {
      // Others hold values in memory that only the older keys open.
      if (flags['forget-old'] === true && world.running)
        return misuse('Older keys are forgotten only while the server is stopped.');
      const id = await world.sealer.rotate();
      const changed = await reseal(world.db, world.sealer);
      await admin.resealAudit(id);
      const lines = [
        `New key ${id}. ${changed.values} sealed values in ${changed.places} places were sealed anew${changed.unreadable ? `; ${changed.unreadable} could not be opened and were left` : ''}.`,
        'Keep a copy of secret.key with the backups: without it sealed secrets are lost.',
      ];
      if (flags['forget-old'] !== true) return done(...lines, 'Older keys stay in the file, for backups of before.');
      if (changed.unreadable > 0)
        return { lines: [...lines, 'Older keys stay, because not everything could be opened.'], exit: 1 };
      if (!(await admin.oldKeysUnused(id)))
        return {
          lines: [...lines, 'Older keys stay: they vouch for entries of the audit log that went for their age.'],
          exit: 1,
        };
      return done(...lines, `${await world.sealer.forgetOld()} older keys were forgotten.`);
    }
    case 'sign-in list': {
      const providers = await admin.providers();
      if (providers.length === 0) return done('No provider. parapet sign-in add <file.json> adds one.');
      return done(
        table([
          ['Id', 'Name', 'State', 'Issuer', 'Redirect address'],
          ...providers.map((each) => [
            each.id,
            each.name,
            each.enabled ? 'on' : 'off',
            each.issuer,
            `${world.base}/api/sign-in/oidc/${each.id}/callback`,
          ]),
        ]),
      );
    }
    case 'sign-in add': {
      const made = await admin.addProvider(providerInput(flags));
      return done(
        `${made.name} was added with the id ${made.id}. Enter these addresses there:`,
        `  ${world.base}/api/sign-in/oidc/${made.id}/callback`,
        `  ${world.base}/api/sign-in/oidc/${made.id}/back-channel-logout`,
        `  ${world.base}/sign-in`,
      );
    }
    case 'sign-in remove':
      if (!first) return misuse('Say which: parapet sign-in remove <id>');
      await admin.removeProvider(first);
      return done(`The provider ${first} was removed; its people are signed out.`);
    case 'sign-in policy': {
      const policy = await admin.changePolicy({
        ...(flags.local === undefined ? {} : { localSignIn: flags.local as 'everyone' }),
        ...(flags['second-factor'] === undefined ? {} : { secondFactor: flags['second-factor'] as 'optional' }),
      });
      return done(`Local sign-in: ${policy.localSignIn}. Second factor: ${policy.secondFactor}.`);
    }
    default:
      return misuse(`There is no command "${request.command}".`);
  }
}

/** The document of `sign-in add`, with the defaults of the portal's form. */
function providerInput(flags: AdminRequest['flags']): ProviderInput {
  let given: Partial<ProviderInput>;
  try {
    given = JSON.parse(String(flags.document)) as Partial<ProviderInput>;
  } catch {
    throw new ParapetError('invalid_request', 400, 'The file is not JSON.', 'See docs/how-to/sign-people-in.md.');
  }
  return {
    name: '',
    enabled: true,
    issuer: '',
    clientId: '',
    scopes: 'openid profile email',
    usernameClaim: 'preferred_username',
    displayNameClaim: 'name',
    groupsClaim: 'groups',
    mappings: [],
    defaultRole: null,
    createUsers: true,
    adoptLocal: false,
    requiredAmr: '',
    ...given,
    ...(flags.secret ? { clientSecret: String(flags.secret) } : {}),
  };
}

/** Columns of text, each as wide as its widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => [...(row[n] ?? '')].length)));
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
